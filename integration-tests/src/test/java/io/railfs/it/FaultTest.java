// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What breaks ends in right bytes or in an error by the deadline, and is over when the cause is.
 */
final class FaultTest {
  private static final int SIZE = 40_000_000;
  private static final Duration DEADLINE = Duration.ofSeconds(4);

  private MountEnvironment playground;

  @BeforeEach
  void startWorker() {
    playground = MountEnvironment.served(dataset -> Datasets.file(dataset.resolve("f"), SIZE, 1));
  }

  /** For reads that are to succeed: longer than a worker takes to start on a busy machine. */
  private void mount() {
    playground.mount("-D", "railfs.client.read-deadline=60s");
  }

  /** For reads that are to end at their deadline. */
  private void mountImpatiently() {
    playground.mount(
        "-D",
        "railfs.client.read-deadline=" + DEADLINE.toSeconds() + "s",
        "-D",
        "railfs.client.attempt-timeout=1s");
  }

  @AfterEach
  void unmount() {
    playground.close();
  }

  private static String sum(Path file) {
    return Shell.bash("sha256sum < \"$1\"", file).ok().out();
  }

  private void assertReadsRight() {
    assertThat(sum(playground.mountpoint.resolve("f")))
        .isEqualTo(sum(playground.dataset.resolve("f")));
  }

  private static void signal(String name, long pid) {
    Shell.bash("kill -$1 $2", name, pid).ok();
  }

  @Test
  void aWorkerKilledUnderAReaderAndStartedAgainCostsNoError() throws Exception {
    mount();
    ExecutorService reader = Executors.newSingleThreadExecutor();
    try (FileChannel file = FileChannel.open(playground.mountpoint.resolve("f"))) {
      file.read(ByteBuffer.allocate(10), 0);
      playground.killWorker();
      Future<Integer> read = reader.submit(() -> file.read(ByteBuffer.allocate(1000), 30_000_000));
      playground.startWorker();
      assertThat(read.get(70, TimeUnit.SECONDS)).isEqualTo(1000);
    } finally {
      reader.shutdownNow();
    }
    assertReadsRight();
  }

  @Test
  void anUnmountDoesNotWaitForReadsThatNobodyWaitsFor() throws Exception {
    mount();
    Path file = playground.mountpoint.resolve("f");
    // So that opening it asks no worker.
    assertThat(Files.size(file)).isEqualTo(SIZE);
    long pid = playground.mountPid();
    signal("STOP", playground.workerPid());
    try {
      Shell.bash("timeout -s KILL 3 dd if=\"$1\" of=/dev/null bs=1M count=4", file);
      long start = System.nanoTime();
      playground.unmount();
      assertThat(MountEnvironment.isGone(pid)).isTrue();
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .as("the deadline of the reads is a minute")
          .isLessThan(Duration.ofSeconds(30));
    } finally {
      signal("CONT", playground.workerPid());
    }
  }

  @Test
  void anUnmountAsksNoWorkerThatIsGone() throws Exception {
    playground.mount(
        "-D",
        "railfs.mount.attribute-timeout=1s",
        "-D",
        "railfs.mount.entry-timeout=1s",
        "-D",
        "railfs.client.metadata-deadline=60s");
    assertThat(playground.mountpoint.resolve("f")).hasSize(SIZE);
    signal("KILL", playground.workerPid());
    // What the kernel knows of the root has aged then.
    TimeUnit.SECONDS.sleep(2);
    long start = System.nanoTime();
    assertThat(playground.railfs("mount").ok().out()).contains(" ok ");
    playground.unmount();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
  }

  @Test
  void aWorkerThatIsGoneEndsReadsAtTheDeadlineAndCachedPagesAreStillServed() throws IOException {
    mountImpatiently();
    try (FileChannel file = FileChannel.open(playground.mountpoint.resolve("f"))) {
      ByteBuffer first = ByteBuffer.allocate(1000);
      file.read(first, 0);
      signal("KILL", playground.workerPid());
      assertEndsAtTheDeadline(file, 30_000_000);
      MountEnvironment.dropKernelPages(playground.mountpoint.resolve("f"));
      ByteBuffer again = ByteBuffer.allocate(1000);
      assertThat(file.read(again, 0)).isEqualTo(1000);
      assertThat(again).isEqualTo(first);
    }
    assertThat(playground.mountLog()).contains("/f").contains("127.0.0.1");
  }

  @Test
  void aWorkerThatHangsEndsReadsAtTheDeadlineAndServesAgainWhenItGoesOn() throws IOException {
    mountImpatiently();
    long worker = playground.workerPid();
    try (FileChannel file = FileChannel.open(playground.mountpoint.resolve("f"))) {
      file.read(ByteBuffer.allocate(1000), 0);
      signal("STOP", worker);
      assertEndsAtTheDeadline(file, 30_000_000);
      signal("CONT", worker);
      org.awaitility.Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .ignoreExceptions()
          .until(() -> file.read(ByteBuffer.allocate(1000), 30_000_000) == 1000);
    }
    assertReadsRight();
  }

  private static void assertEndsAtTheDeadline(FileChannel file, long offset) {
    try (Lateness machine = Lateness.start()) {
      long start = System.nanoTime();
      assertThatThrownBy(() -> file.read(ByteBuffer.allocate(1000), offset))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("Input/output error");
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isBetween(DEADLINE.minusMillis(500), DEADLINE.plusSeconds(1).plus(machine.total()));
    }
  }

  @Test
  void damagedBlockFilesAreFoundAndLoadedAgainWithoutAnError() throws IOException {
    mount();
    assertReadsRight();
    playground.unmount();
    List<Path> blocks;
    try (Stream<Path> walk = Files.walk(playground.store)) {
      blocks = walk.filter(p -> Files.isRegularFile(p) && p.toFile().length() > 1 << 20).toList();
    }
    assertThat(blocks).hasSizeGreaterThanOrEqualTo(9);
    for (int i = 0; i < blocks.size(); i++) {
      damage(blocks.get(i), i % 3);
    }
    mount();
    assertReadsRight();
    String status = playground.railfs("worker", "status", "--json").ok().out();
    assertThat(status).containsPattern("(?i)quarantined\"?\\s*:\\s*\"?[1-9]");
  }

  private static void damage(Path block, int kind) throws IOException {
    try (FileChannel channel =
        FileChannel.open(block, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      switch (kind) {
        case 0 -> {
          ByteBuffer one = ByteBuffer.allocate(1);
          channel.read(one, 77_777);
          channel.write(ByteBuffer.wrap(new byte[] {(byte) (one.get(0) ^ 1)}), 77_777);
        }
        case 1 -> channel.truncate(channel.size() / 2);
        default -> channel.write(ByteBuffer.wrap(new byte[100]), channel.size() - 100);
      }
    }
  }

  @Test
  void aStoreThatIsFullStillServesRightBytes() {
    playground.stopWorker();
    Shell.bash("rm -rf \"$1\"/* && mount -t tmpfs -o size=12m tmpfs \"$1\"", playground.store).ok();
    try {
      playground.startWorker();
      mount();
      assertReadsRight();
      playground.unmount();
      playground.stopWorker();
    } finally {
      Shell.bash("umount -l \"$1\"", playground.store).ok();
    }
  }

  @Test
  void aMountWhoseProcessWasKilledIsClearedByTheNextMount() throws IOException {
    mount();
    signal("KILL", playground.mountPid());
    org.awaitility.Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> Files.size(playground.mountpoint.resolve("f")))
                    .hasMessageContaining("Transport endpoint is not connected"));
    mount();
    assertReadsRight();
  }

  @Test
  void aMountWhoseProcessWasKilledIsClearedByUmount() {
    mount();
    signal("KILL", playground.mountPid());
    playground.unmount();
    assertThat(
            Shell.bash("grep -c \" $1 \" /proc/self/mountinfo", playground.mountpoint)
                .out()
                .strip())
        .isEqualTo("0");
  }
}
