// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands as an operator uses them. */
final class CommandsTest {
  private MountEnvironment playground;

  @BeforeEach
  void makeDataset() throws IOException {
    playground = MountEnvironment.create();
    Files.writeString(playground.dataset.resolve("file"), "content");
  }

  @AfterEach
  void close() {
    playground.close();
  }

  private boolean isMounted() {
    return Shell.bash("grep -q \" $1 \" /proc/self/mountinfo", playground.mountpoint).exit() == 0;
  }

  @Test
  void mountReturnsWhenTheMountAnswersAndUmountWhenItsProcessHasGone() throws IOException {
    playground.startWorker();
    playground.mount();
    assertThat(Files.readString(playground.mountpoint.resolve("file"))).isEqualTo("content");
    long pid = playground.mountPid();
    playground.unmount();
    assertThat(MountEnvironment.isGone(pid)).isTrue();
    assertThat(isMounted()).isFalse();
  }

  /** Some hundred more, a tenth of a second, where the training of the archive mounts nothing. */
  @Test
  void aMountLoadsItsClassesFromTheArchive() throws IOException {
    playground.startWorker();
    playground.mount();
    assertThat(Files.readString(playground.mountpoint.resolve("file"))).isEqualTo("content");
    String counted =
        Shell.bash(
                "\"$1/bin/jcmd\" $2 PerfCounter.print | sed -n 's/^java.cls.loadedClasses=//p'",
                System.getProperty("java.home"),
                playground.mountPid())
            .ok()
            .out()
            .strip();
    assertThat(Integer.parseInt(counted)).isBetween(1, 400);
  }

  /** Each of both would open the jars, 30 ms of a command. */
  @Test
  void aCommandLoadsNoClassFromTheJarsAndLooksForNoLogger(@TempDir Path directory)
      throws IOException {
    Path log = directory.resolve("classes");
    Shell.bash("_JAVA_OPTIONS=-Xlog:class+load:file=$1 \"$2\" version", log, RailfsProcess.PATH)
        .ok();
    assertThat(Files.readAllLines(log))
        .anyMatch(line -> line.contains("picocli.CommandLine source: shared objects file"))
        .noneMatch(line -> line.contains("source: file:"))
        .noneMatch(line -> line.contains("jdk.internal.logger"));
  }

  /** What mounts and workers of JDK 25 learn from, on every JDK. */
  @Test
  void theTrainingMountsReadsAndEnds() {
    Shell.Result training = playground.railfs("learn", "--briefly").ok();
    assertThat(training.err()).isEmpty();
    assertThat(training.out()).contains("worker runs at ").contains(" stopped");
    assertThat(playground.railfs("mount").ok().out()).doesNotContain("railfs-learn");
  }

  @Test
  void mountsAndWorkersAreListed() {
    playground.startWorker();
    playground.mount();
    String list = playground.railfs("mount").ok().out();
    assertThat(list)
        .contains(playground.mountpoint.toString())
        .contains(String.valueOf(playground.mountPid()));
    assertThat(playground.railfs("mount", "--json").ok().out())
        .contains("\"mountpoint\":\"" + playground.mountpoint + "\"");
    assertThat(playground.railfs("status").ok().out())
        .contains(playground.mountpoint.toString())
        .contains("127.0.0.1:" + playground.rpcPort);
    assertThat(playground.railfs("worker", "status").ok().out())
        .contains("127.0.0.1:" + playground.rpcPort)
        .contains("ok");
    playground.stopWorker();
    assertThat(playground.railfs("worker", "status").out()).contains("unreachable");
    assertThat(playground.railfs("worker", "status").exit()).isEqualTo(1);
  }

  @Test
  void aBusyMountNamesItsHoldersAndStays() throws Exception {
    playground.startWorker();
    playground.mount();
    Process holder =
        new ProcessBuilder("sleep", "100").directory(playground.mountpoint.toFile()).start();
    try {
      Shell.Result refused = playground.railfs("umount", playground.mountpoint);
      assertThat(refused.exit()).isEqualTo(1);
      assertThat(refused.err())
          .contains("busy")
          .contains(String.valueOf(holder.pid()))
          .contains("sleep 100");
      assertThat(isMounted()).isTrue();
      assertThat(Files.readString(playground.mountpoint.resolve("file"))).isEqualTo("content");
      playground.railfs("umount", "-l", playground.mountpoint).ok();
      assertThat(isMounted()).isFalse();
    } finally {
      holder.destroy();
      assertThat(holder.waitFor(60, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void allMountsAreTakenAwayButForABusyOne() throws Exception {
    playground.startWorker();
    playground.mount();
    Path other = Files.createDirectory(playground.logs.resolve("other"));
    playground.railfs("mount", "-D", "railfs.mount.memory-limit=512MiB", other).ok();
    assertThat(playground.railfs("mount").ok().out().lines())
        .as("a head and these two: others would be taken away too")
        .hasSize(3);
    Process holder =
        new ProcessBuilder("sleep", "100").directory(playground.mountpoint.toFile()).start();
    try {
      Shell.Result result = playground.railfs("umount", "--all");
      assertThat(result.exit()).isEqualTo(1);
      assertThat(result.out()).contains(other + " unmounted");
      assertThat(result.err()).contains("busy", String.valueOf(holder.pid()));
      assertThat(isMounted()).isTrue();
    } finally {
      holder.destroy();
      assertThat(holder.waitFor(60, TimeUnit.SECONDS)).isTrue();
    }
    playground.railfs("umount", "--all").ok();
    assertThat(isMounted()).isFalse();
  }

  @Test
  void aWorkerIsRestartedAndAWrongSettingStopsNothing() throws IOException {
    playground.startWorker();
    long first = playground.workerPid();
    assertThat(playground.railfs("worker", "restart", "-D", "worker.heap=1MiB").exit())
        .isEqualTo(2);
    assertThat(MountEnvironment.isGone(first)).isFalse();
    playground.railfs("worker", "restart").ok();
    assertThat(MountEnvironment.isGone(first)).isTrue();
    assertThat(playground.workerPid()).isNotEqualTo(first);
    playground.mount();
    assertThat(Files.readString(playground.mountpoint.resolve("file"))).isEqualTo("content");
  }

  @Test
  void aBusyMountIsTakenAwayByForce() throws Exception {
    playground.startWorker();
    playground.mount();
    long pid = playground.mountPid();
    Process holder =
        new ProcessBuilder("sleep", "100").directory(playground.mountpoint.toFile()).start();
    try {
      playground.railfs("unmount", "-f", playground.mountpoint).ok();
      assertThat(isMounted()).isFalse();
      assertThat(MountEnvironment.isGone(pid)).isTrue();
    } finally {
      holder.destroy();
      assertThat(holder.waitFor(60, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void aMountEndsCleanlyOnSigterm() {
    playground.startWorker();
    playground.mount();
    long pid = playground.mountPid();
    Shell.bash("kill -TERM $1", pid).ok();
    org.awaitility.Awaitility.await()
        .atMost(java.time.Duration.ofSeconds(60))
        .until(() -> MountEnvironment.isGone(pid));
    assertThat(isMounted()).isFalse();
  }

  @Test
  void aForegroundMountIsOneProcessThatAnotherUmountEnds() throws Exception {
    playground.startWorker();
    Process mount =
        foreground(
            List.of(
                RailfsProcess.PATH.toString(), "mount", "-f", playground.mountpoint.toString()));
    try {
      org.awaitility.Awaitility.await()
          .atMost(java.time.Duration.ofSeconds(60))
          .until(() -> Files.exists(playground.mountpoint.resolve("file")));
      assertThat(playground.mountPid()).as("bash became the JVM").isEqualTo(mount.pid());
      Shell.bash("fusermount -u \"$1\"", playground.mountpoint).ok();
      assertThat(mount.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(mount.exitValue()).isZero();
    } finally {
      mount.destroyForcibly();
    }
  }

  private Process foreground(List<String> words) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(words);
    builder.environment().put("RAILFS_CONF_DIR", playground.conf.toString());
    builder
        .redirectErrorStream(true)
        .redirectOutput(playground.logs.resolve("foreground").toFile());
    return builder.start();
  }

  @Test
  void severalMountsOfOneWorkerLiveSideBySide() throws IOException {
    playground.startWorker();
    playground.mount();
    Path second = Files.createDirectory(playground.logs.resolve("second"));
    playground.railfs("mount", "-D", "railfs.mount.memory-limit=512MiB", second).ok();
    try {
      assertThat(Files.readString(second.resolve("file"))).isEqualTo("content");
    } finally {
      playground.railfs("umount", second).ok();
    }
    assertThat(Files.readString(playground.mountpoint.resolve("file"))).isEqualTo("content");
  }

  @Test
  void aSettingOfTheCommandLineWinsAndItsSourceIsTold() {
    playground.writeConf("railfs.mount.memory-limit = 1GiB", "");
    assertThat(playground.railfs("conf", "get", "railfs.mount.memory-limit", "--source").ok().out())
        .contains("1GiB")
        .contains("railfs.conf:4");
    assertThat(playground.railfs("conf", "get", "railfs.mount.threads", "--source").ok().out())
        .contains("32")
        .contains("default");
    assertThat(playground.railfs("conf", "get", "--json").ok().out())
        .contains("\"railfs.mount.memory-limit\":\"1GiB\"");
  }

  @Test
  void withoutTheNativeTransportTheBytesAreTheSame() throws IOException {
    Datasets.file(playground.dataset.resolve("large"), 20_000_000, 3);
    playground.environment("JDK_JAVA_OPTIONS", "-Dio.netty.transport.noNative=true");
    playground.startWorker();
    playground.mount();
    assertThat(
            Shell.bash("cmp \"$1/large\" \"$2/large\"", playground.dataset, playground.mountpoint)
                .ok()
                .out())
        .isEmpty();
    assertThat(playground.mountLog()).contains("NIO");
  }

  @Test
  void theWorkerFindsItsBlocksAgainAfterARestart() {
    playground.startWorker();
    playground.mount();
    Shell.bash("cat \"$1/file\"", playground.mountpoint).ok();
    playground.unmount();
    playground.stopWorker();
    playground.startWorker();
    assertThat(playground.railfs("worker", "status", "--json").ok().out()).contains("\"blocks\":1");
  }

  @Test
  void aWorkerThatRunsIsRecognised() {
    playground.startWorker();
    Shell.Result again = playground.railfs("worker", "start");
    assertThat(again.exit()).isEqualTo(1);
    assertThat(again.err())
        .contains("already running")
        .contains(String.valueOf(playground.workerPid()));
  }

  @Test
  void aCopyOfAMountInAnotherNamespaceIsNamedWhenTheMountIsTakenAway() throws Exception {
    playground.startWorker();
    playground.mount();
    long served = playground.mountPid();
    Process copy = new ProcessBuilder("unshare", "-m", "sleep", "300").start();
    try {
      Awaitility.await()
          .until(
              () ->
                  Shell.bash(
                              "[ $(readlink /proc/$1/ns/mnt) != $(readlink /proc/self/ns/mnt) ]",
                              copy.pid())
                          .exit()
                      == 0);
      Shell.Result result =
          playground.railfs("umount", "-D", "railfs.stop-timeout=3s", playground.mountpoint);
      assertThat(result.exit()).isEqualTo(1);
      assertThat(result.err().strip().lines()).hasSize(1);
      assertThat(result.err())
          .contains("its process (pid " + served + ") has not ended after 3 s")
          .contains(
              "another mount namespace (container, ip netns exec) has it still: pid " + copy.pid())
          .contains("sleep 300");
      assertThat(isMounted()).isFalse();
    } finally {
      copy.destroyForcibly().waitFor();
    }
    Awaitility.await().until(() -> MountEnvironment.isGone(served));
  }

  @Test
  void fewerWorkersThanReplicasAreTold() {
    playground.startWorker();
    playground.writeConf(
        "railfs.workers = [\"127.0.0.1:%d\", \"127.0.0.1:%d\"]"
            .formatted(playground.rpcPort, Ports.take()),
        "");
    Shell.Result result = playground.railfs("load", "--replicas=5", "/");
    assertThat(result.err())
        .contains("only 1 worker is connected, so each block is loaded 1 of 5 times");
  }

  @Test
  void versionAndHelpAnswer() {
    assertThat(playground.railfs("version").ok().out()).startsWith("railfs ");
    assertThat(playground.railfs("--help").ok().out())
        .contains("mount")
        .contains("umount")
        .contains("worker");
    assertThat(playground.railfs("mount", "--help").ok().out())
        .contains("MOUNTPOINT")
        .contains("--bind");
  }
}
