// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A mount under a supervisor comes back, whatever its process dies of, and frees who waited. */
final class SupervisorTest {
  private static final int SIZE = 20_000_000;
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  /** In a thread dump. */
  private static final Pattern READ = Pattern.compile("\"fuse-\\d[^\"]*\"[^\"]*OpenFile\\.read");

  private static final String GONE = "Transport endpoint is not connected";

  private MountEnvironment playground;

  /** Where the kernel's end of a mount can be aborted; nothing mounts it in a bare machine. */
  @BeforeAll
  static void mountConnections() {
    Shell.bash(
            "mountpoint -q $1 || mount -t fusectl fusectl $1", Path.of("/sys/fs/fuse/connections"))
        .ok();
  }

  @BeforeEach
  void mount() {
    playground = MountEnvironment.create();
    playground.writeConf(
        """
        railfs.mount { memory-limit = 512MiB, stuck-grace = 2s }
        railfs.client { read-deadline = 3s, metadata-deadline = 3s, attempt-timeout = 1s }
        """,
        "");
    try {
      Datasets.file(playground.dataset.resolve("f"), SIZE, 1);
    } catch (IOException e) {
      playground.close();
      throw new UncheckedIOException(e);
    }
    playground.startWorker();
    playground.mount("--supervise");
  }

  @AfterEach
  void unmount() {
    playground.close();
  }

  private Path file() {
    return playground.mountpoint.resolve("f");
  }

  private long supervisor() {
    return playground.pidOf("mount --supervise -f");
  }

  private static void signal(String name, long pid) {
    Shell.bash("kill -$1 $2", name, pid).ok();
  }

  /**
   * Waits until the whole file reads right. A stat alone may be answered by the kernel's memory.
   */
  private void awaitReads() {
    Awaitility.await()
        .atMost(TIMEOUT)
        .pollInterval(Duration.ofMillis(20))
        .until(
            () ->
                Shell.bash("cmp \"$1\" \"$2\"", file(), playground.dataset.resolve("f")).exit()
                    == 0);
  }

  private int mounts() {
    return Shell.bash("grep \" $1 \" /proc/self/mountinfo", playground.mountpoint)
        .out()
        .lines()
        .toList()
        .size();
  }

  /** Reads a block at 9 MB of the file in a process of its own, which may be left to hang. */
  private Process reader(String blockSize) throws IOException {
    return new ProcessBuilder(
            "dd",
            "if=" + file(),
            "of=/dev/null",
            "bs=" + blockSize,
            "count=1",
            "skip=9000000",
            "iflag=skip_bytes")
        .redirectErrorStream(true)
        .redirectOutput(playground.logs.resolve("reader").toFile())
        .start();
  }

  private void assertComesFreeWithAnError(Process reader) throws Exception {
    assertThat(reader.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(reader.exitValue()).isNotZero();
  }

  @Test
  void aMountThatIsKilledComesBackOpenFilesFailAndNewOnesWork() throws Exception {
    for (int round = 0; round < 2; round++) {
      long pid = playground.mountPid();
      // What the kernel holds it serves without the mount.
      MountEnvironment.dropKernelPages(file());
      try (FileChannel open = FileChannel.open(file())) {
        open.read(ByteBuffer.allocate(10), 0);
        long killed = System.nanoTime();
        signal("KILL", pid);
        awaitReads();
        System.out.printf(
            "mounted again and the file read %d ms after the kill%n",
            Duration.ofNanos(System.nanoTime() - killed).toMillis());
        assertThatThrownBy(() -> open.read(ByteBuffer.allocate(10), SIZE - 10))
            .isInstanceOf(IOException.class)
            .hasMessageContaining(GONE);
      }
      assertThat(playground.mountPid()).isNotEqualTo(pid);
      assertThat(mounts()).isEqualTo(1);
    }
  }

  @Test
  void aMountThatIsStoppedIsEndedAndComesBackAndWhoWaitedComesFree() throws Exception {
    long pid = playground.mountPid();
    signal("STOP", pid);
    long stopped = System.nanoTime();
    Process reader = reader("1");
    try {
      assertComesFreeWithAnError(reader);
      System.out.printf(
          "whoever waited has its error %d ms after the stop%n",
          Duration.ofNanos(System.nanoTime() - stopped).toMillis());
    } finally {
      reader.destroyForcibly();
    }
    awaitReads();
    assertThat(playground.mountPid()).isNotEqualTo(pid);
    assertThat(playground.mountLog()).contains("has not answered for 10 s");
  }

  @Test
  void aRequestThatIsNeverAnsweredEndsTheProcessAndWhoWaitedComesFree() throws Exception {
    // A large read that waits for the worker holds a session thread, which then is stopped for
    // good.
    assertEndsAndComesFree("1M", "fuse-\\d", "where fuse-");
  }

  @Test
  void aSmallRequestThatIsNeverAnsweredDoesSoToo() throws Exception {
    // It waits in no thread, but for one that brings its bytes.
    assertEndsAndComesFree("1", "railfs-client-", "waits for a fetch");
  }

  /**
   * Stops these threads for good while the reader waits.
   *
   * @param place that the log names
   */
  private void assertEndsAndComesFree(String blockSize, String threads, String place)
      throws Exception {
    long pid = playground.mountPid();
    // So that opening it asks no worker.
    assertThat(Files.size(file())).isEqualTo(SIZE);
    signal("STOP", playground.workerPid());
    Process reader = reader(blockSize);
    if (threads.startsWith("fuse-")) {
      awaitRead(pid);
    }
    Process holder = holdThreads(pid, threads);
    try {
      signal("CONT", playground.workerPid());
      assertComesFreeWithAnError(reader);
      Awaitility.await().atMost(TIMEOUT).until(() -> MountEnvironment.isGone(pid));
      awaitReads();
    } finally {
      holder.destroyForcibly();
      reader.destroyForcibly();
    }
    assertThat(playground.mountLog())
        .contains("was not answered within 5000 ms")
        .contains(place)
        .contains("makes no progress; this process ends")
        .as("the connection was aborted")
        .doesNotContain("abort cannot be written");
  }

  /** Waits until a session thread has taken the read: one that has not would not answer it. */
  private static void awaitRead(long pid) {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    Awaitility.await()
        .atMost(TIMEOUT)
        .until(() -> READ.matcher(Shell.bash("$1 $2 Thread.print", jcmd, pid).out()).find());
  }

  /**
   * Stops threads of a process, as a debugger would, and returns when that is done: those whose
   * name begins so that do not wait for requests of the kernel. They go on when the returned
   * process ends.
   */
  private Process holdThreads(long pid, String name) throws IOException {
    Path ready = playground.logs.resolve("held");
    Path script = playground.logs.resolve("hold.py");
    Files.writeString(
        script,
        """
        import ctypes, os, re, sys, time
        pid, ready, name = int(sys.argv[1]), sys.argv[2], sys.argv[3]
        libc = ctypes.CDLL(None, use_errno=True)
        libc.ptrace.argtypes = [ctypes.c_long] * 4
        def working():
            for tid in os.listdir(f"/proc/{pid}/task"):
                base = f"/proc/{pid}/task/{tid}/"
                # Idle session threads are in a read of /dev/fuse.
                if re.match(name, open(base + "comm").read()) and "fuse_dev" not in open(base + "stack").read():
                    yield int(tid)
        while not (found := list(working())):
            time.sleep(0.01)
        for tid in found:
            assert libc.ptrace(0x4206, tid, 0, 0) == 0, ctypes.get_errno()
            assert libc.ptrace(0x4207, tid, 0, 0) == 0, ctypes.get_errno()
        open(ready, "w").close()
        time.sleep(600)
        """);
    Process holder =
        new ProcessBuilder(
                "python3", script.toString(), String.valueOf(pid), ready.toString(), name)
            .redirectErrorStream(true)
            .redirectOutput(playground.logs.resolve("holder").toFile())
            .start();
    Awaitility.await()
        .atMost(TIMEOUT)
        .failFast("it could not hold the thread", () -> !holder.isAlive())
        .until(() -> Files.exists(ready));
    return holder;
  }

  @Test
  void withoutAWorkerTheMountpointIsNeverEmptyAndTheMountComesBackWithTheWorker() throws Exception {
    signal("KILL", playground.workerPid());
    signal("KILL", playground.mountPid());
    Awaitility.await()
        .atMost(TIMEOUT)
        .until(() -> playground.mountLog().contains("the next try is in"));
    assertThatThrownBy(
            () -> {
              try (Stream<Path> entries = Files.list(playground.mountpoint)) {
                entries.forEach(entry -> {});
              }
            })
        .hasMessageContaining(GONE);
    playground.startWorker();
    awaitReads();
  }

  @Test
  void aMountThatIsLetGoLazilyServesItsOpenFilesBesideTheNextOne() throws Exception {
    long old = playground.mountPid();
    try (FileChannel open = FileChannel.open(file())) {
      playground.railfs("umount", "-l", playground.mountpoint).ok();
      playground.mount();
      awaitReads();
      assertThat(open.read(ByteBuffer.allocate(10), SIZE - 10)).isEqualTo(10);
      assertThat(MountEnvironment.isGone(old)).isFalse();
    }
    Awaitility.await().atMost(TIMEOUT).until(() -> MountEnvironment.isGone(old));
    awaitReads();
    assertThat(playground.railfs("mount").ok().out())
        .as("the end of the old one has not made the new one unknown")
        .contains(String.valueOf(playground.mountPid()));
    assertThat(playground.railfs("stats", "--json", "--once", playground.mountpoint).exit())
        .isZero();
  }

  @Test
  void unmountingEndsTheSupervisorToo() {
    for (Object option : List.of("--", "-f")) {
      long supervisor = supervisor();
      long process = playground.mountPid();
      playground.railfs("umount", option, playground.mountpoint).ok();
      assertThat(mounts()).isZero();
      assertThat(MountEnvironment.isGone(supervisor)).isTrue();
      assertThat(MountEnvironment.isGone(process)).isTrue();
      playground.mount("-o", "supervise");
      awaitReads();
    }
    long supervisor = supervisor();
    signal("TERM", supervisor);
    Awaitility.await().atMost(TIMEOUT).until(() -> MountEnvironment.isGone(supervisor));
    assertThat(mounts()).isZero();
  }

  @Test
  void aMountThatWaitsForItsSupervisorIsNotMountedTwice() {
    signal("KILL", playground.workerPid());
    signal("KILL", playground.mountPid());
    Awaitility.await()
        .atMost(TIMEOUT)
        .until(() -> playground.mountLog().contains("the next try is in"));
    Shell.Result refused = playground.railfs("mount", playground.mountpoint);
    assertThat(refused.exit()).isEqualTo(1);
    assertThat(refused.err()).contains("by its supervisor (pid " + supervisor() + ")");
    long supervisor = supervisor();
    playground.railfs("umount", playground.mountpoint).ok();
    assertThat(MountEnvironment.isGone(supervisor)).isTrue();
    assertThat(mounts()).isZero();
  }
}
