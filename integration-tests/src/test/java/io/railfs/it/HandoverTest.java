// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Mounts that the CSI driver makes and a process of an ordinary user, without any privilege and in
 * a mount namespace of its own, serves: both as real processes, with the propagation of the chart.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class HandoverTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final long SIZE = 20_000_000;
  private static final String USER = "10001";

  /** Sends what the second word has, and prints the answer, or "descriptor". */
  private static final String ASK =
      """
      import socket, sys
      with socket.socket(socket.AF_UNIX) as s:
          s.settimeout(15)
          s.connect(sys.argv[1])
          s.sendall(sys.argv[2].encode().decode("unicode_escape").encode("latin1"))
          answer, fds, _, _ = socket.recv_fds(s, 4096, 1)
          print("descriptor" if fds else answer.decode())
      """;

  private final CsiNode lab = new CsiNode();
  private final Path socket = lab.base().resolve("handover/fuse.sock");
  private final Path mountpoint = lab.railfs.mountpoint;
  private Process server;
  private Path output;
  private int started;

  @BeforeAll
  void start() throws IOException {
    Files.createDirectories(lab.railfs.dataset.resolve("train"));
    Datasets.file(lab.railfs.dataset.resolve("train/f"), SIZE, 1);
    lab.railfs.writeConf("railfs.mount { memory-limit = 512MiB, allow-other = true }", "");
    lab.railfs.startWorker();
    Files.writeString(lab.railfs.conf.resolve("ask.py"), ASK);
    Shell.bash("mkdir -m 777 $1/own && chmod 755 $1 $1/conf", lab.base()).ok();
    startDriver();
  }

  private void startDriver() {
    lab.startDriverThatMounts(
        "csi.handover.mounts=[" + CsiNode.MOUNT + ", two]",
        "csi.handover.socket=" + socket,
        "csi.handover.user=" + USER);
  }

  @AfterAll
  void stop() {
    lab.close();
  }

  @AfterEach
  void endServer() throws InterruptedException {
    if (server != null) {
      server.destroyForcibly();
      assertThat(server.waitFor(20, TimeUnit.SECONDS)).isTrue();
      server = null;
    }
    Shell.bash("while umount -l \"$1\" 2>/dev/null; do :; done", mountpoint).ok();
    assertThat(CsiNode.layers(mountpoint)).isZero();
  }

  private Process start(String user, Path place, String... more) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "unshare",
                "-m",
                "--propagation",
                "slave",
                "setpriv",
                "--reuid=" + user,
                "--regid=" + user,
                "--clear-groups",
                "--no-new-privs",
                "--bounding-set=-all",
                RailfsProcess.PATH.toString(),
                "mount",
                "-f",
                "-D",
                "run-directory=" + lab.base().resolve("own/run-" + user)));
    command.addAll(Arrays.asList(more));
    command.addAll(List.of("--fuse-socket", socket.toString(), place.toString()));
    output = lab.railfs.logs.resolve("server-" + started++);
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().put("RAILFS_CONF_DIR", lab.railfs.conf.toString());
    builder.environment().put("HOME", lab.base().resolve("own").toString());
    return builder.start();
  }

  private void serve() throws IOException {
    server = start(USER, mountpoint);
    awaitMounted();
  }

  private void awaitMounted() {
    Awaitility.await()
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(10))
        .failFast(() -> assertThat(server.isAlive()).as(Files.readString(output)).isTrue())
        .until(() -> Files.readString(output).contains("mounted " + mountpoint));
  }

  /** What a process says that is not to serve. */
  private String refusal(String user, Path place, int exit) throws Exception {
    Process process = start(user, place);
    assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    String text = Files.readString(output);
    assertThat(process.exitValue()).as(text).isEqualTo(exit);
    return text;
  }

  private String ask(String user, String request) {
    return Shell.bash(
            "setpriv --reuid=$1 --regid=$1 --clear-groups timeout 20 python3 $2 $3 \"$4\"",
            user,
            lab.railfs.conf.resolve("ask.py"),
            socket,
            request)
        .ok()
        .out()
        .strip();
  }

  private static String request(String name) {
    return "railfs-mount 1\\nname "
        + name
        + "\\nmax-read 1048576\\nreadahead 524288\\nsource railfs:test\\n\\n";
  }

  private void assertServed() {
    Shell.bash(
            "timeout 20 cmp \"$1\" \"$2\"",
            mountpoint.resolve("train/f"),
            lab.railfs.dataset.resolve("train/f"))
        .ok();
  }

  private String option(String column) {
    return Shell.bash("findmnt -rn -o $2 \"$1\"", mountpoint, column).ok().out().strip();
  }

  @Test
  void aProcessWithoutPrivilegesServesWhatTheNodePluginHasMounted() throws Exception {
    serve();
    assertServed();
    String status = Files.readString(Path.of("/proc/" + server.pid() + "/status"));
    assertThat(status)
        .contains("Uid:\t10001\t10001", "CapEff:\t0000000000000000", "CapBnd:\t0000000000000000");
    assertThat(option("FSTYPE")).isEqualTo("fuse.railfs");
    assertThat(option("SOURCE")).isEqualTo("railfs:127.0.0.1:" + lab.railfs.rpcPort);
    assertThat(option("OPTIONS").split(",", -1))
        .contains("ro", "nosuid", "nodev", "noatime", "default_permissions", "allow_other")
        .contains("user_id=10001", "group_id=10001", "max_read=1048576");
    assertThat(
            Shell.bash("cat /sys/class/bdi/$1/read_ahead_kb", option("MAJ:MIN")).ok().out().strip())
        .isEqualTo("512");
    assertThat(Shell.bash("touch \"$1/new\"", mountpoint).err()).contains("Read-only file system");
    assertThat(Shell.bash("ls -l /proc/$1/fd", lab.driverPid()).ok().out())
        .as("the driver keeps nothing of the mount")
        .doesNotContain("/dev/fuse");
    assertThat(Shell.bash("stat -c '%a %u' \"$1\"", socket).ok().out().strip())
        .isEqualTo("600 10001");

    Shell.bash("umount \"$1\"", mountpoint).ok();
    assertThat(server.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(server.exitValue()).as(Files.readString(output)).isZero();
  }

  @Test
  void whenItsProcessIsKilledTheNextOneGetsANewMountAndContainersReadAgain() throws Exception {
    serve();
    Path target = lab.target("handed");
    lab.publish("v", target, "/train");
    CsiNode.Container reader =
        lab.container(
            target,
            "while true; do if cat \"$1/f\" > /dev/null 2>&1; then echo read; else echo failed; fi; sleep 0.02; done");
    Awaitility.await().atMost(LIMIT).until(() -> reader.text().endsWith("read\n"));
    Duration quickest = LIMIT;
    for (int round = 0; round < 3; round++) {
      server.destroyForcibly();
      assertThat(server.waitFor(20, TimeUnit.SECONDS)).isTrue();
      Awaitility.await().atMost(LIMIT).until(() -> reader.text().endsWith("failed\n"));
      assertThat(lab.stats("v", target).getVolumeCondition().getAbnormal()).isTrue();

      serve();
      long mounted = System.nanoTime();
      Awaitility.await()
          .atMost(LIMIT)
          .pollInterval(Duration.ofMillis(5))
          .until(() -> reader.text().endsWith("read\n"));
      Duration took = Duration.ofNanos(System.nanoTime() - mounted);
      quickest = took.compareTo(quickest) < 0 ? took : quickest;
      System.out.printf("the container reads %d ms after the new mount%n", took.toMillis());
      assertThat(CsiNode.layers(mountpoint)).as("the dead mount has gone").isEqualTo(1);
      assertThat(lab.stats("v", target).getVolumeCondition().getAbnormal()).isFalse();
      assertServed();
    }
    assertThat(quickest).as("of three, on a busy machine").isLessThan(Duration.ofSeconds(2));
    reader.process().destroyForcibly();
    lab.unpublish("v", target);
    assertThat(target).doesNotExist();
  }

  @Test
  void theNodePluginMayDieAndBeReplacedWhileTheMountIsRead() throws Exception {
    serve();
    Path target = lab.target("handed-driver");
    lab.publish("v", target, "/train");
    CsiNode.Container reader =
        lab.container(target, "while cat \"$1/f\" > /dev/null; do echo read; sleep 0.02; done");
    Awaitility.await().atMost(LIMIT).until(() -> reader.text().lines().count() > 2);
    lab.killDriver();
    assertServed();
    startDriver();
    long before = reader.text().lines().count();
    Awaitility.await().atMost(LIMIT).until(() -> reader.text().lines().count() > before + 2);
    assertThat(lab.stopDriver()).isZero();
    assertServed();
    startDriver();
    assertThat(reader.text()).doesNotContain("cat:");
    assertThat(reader.process().isAlive()).isTrue();
    assertThat(ask(USER, request(CsiNode.MOUNT)))
        .as("the new one finds the mount served")
        .isEqualTo("mount mnt is served by another process already; end that one first");
    assertServed();
    reader.process().destroyForcibly();
    lab.unpublish("v", target);
  }

  @Test
  void aProcessWaitsForItsNodePlugin() throws Exception {
    assertThat(lab.stopDriver()).isZero();
    server = start(USER, mountpoint);
    Awaitility.await()
        .during(Duration.ofSeconds(3))
        .atMost(LIMIT)
        .until(() -> server.isAlive() && CsiNode.layers(mountpoint) == 0);
    startDriver();
    awaitMounted();
    assertServed();
  }

  @Test
  void aMountThatIsNotNamedIsRefused() throws Exception {
    Path other = lab.base().resolve("other");
    assertThat(refusal(USER, other, 1))
        .contains(
            "the node plugin gave no mount: mount other is none that the node plugin makes;"
                + " railfs.csi.handover.mounts names mnt, two");
    assertThat(other).doesNotExist();
    assertThat(ask(USER, request("../mnt"))).contains("'../mnt' is no name of a mount");
    assertThat(ask(USER, request("kubelet"))).contains("mount kubelet is none");
  }

  @Test
  void anUnknownPeerIsRefusedByTheFileAndByTheKernelsWord() throws Exception {
    assertThat(refusal("10002", mountpoint, 1)).contains("cannot be reached: Permission denied");
    Shell.bash("chmod 666 \"$1\"", socket).ok();
    try {
      assertThat(refusal("10002", mountpoint, 1))
          .contains("user 10002 may not ask for mounts; railfs.csi.handover.user names who may");
      assertThat(CsiNode.layers(mountpoint)).isZero();
      assertThat(lab.driverLog()).contains("user 10002 may not ask for mounts");
    } finally {
      Shell.bash("chmod 600 \"$1\"", socket).ok();
    }
    assertThat(ask("0", request(CsiNode.MOUNT))).isEqualTo("descriptor");
  }

  @Test
  void aMountThatIsServedIsNotTaken() throws Exception {
    serve();
    assertThat(ask(USER, request(CsiNode.MOUNT))).contains("is served by another process already");
    assertServed();
    assertThat(CsiNode.layers(mountpoint)).isEqualTo(1);
  }

  /** Whoever asked has gone before it served: the next request finds a dead mount. */
  @Test
  void aMountWhoseDescriptorNobodyKeptIsMadeAgain() throws Exception {
    for (int round = 0; round < 5; round++) {
      assertThat(ask(USER, request(CsiNode.MOUNT))).isEqualTo("descriptor");
      assertThat(CsiNode.layers(mountpoint)).isEqualTo(1);
    }
    serve();
    assertServed();
    assertThat(CsiNode.layers(mountpoint)).isEqualTo(1);
  }

  @Test
  void whileTheMountHangsTheAnswerComesInTime() throws Exception {
    serve();
    Shell.bash("kill -STOP $1", server.pid()).ok();
    try {
      for (int round = 0; round < 2; round++) {
        long start = System.nanoTime();
        assertThat(ask(USER, request(CsiNode.MOUNT)))
            .isEqualTo("mount mnt of this node does not answer");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
      }
    } finally {
      Shell.bash("kill -CONT $1", server.pid()).ok();
    }
    assertServed();
  }

  @Test
  void aMountThatHangsDelaysNoOther() throws Exception {
    serve();
    Process hanging = server;
    Path target = lab.target("of-two");
    Path two = lab.base().resolve("two");
    try {
      server = start(USER, two);
      Awaitility.await()
          .atMost(LIMIT)
          .until(() -> Files.readString(output).contains("mounted " + two));
      // Once before, so that the time is not that of classes.
      publishOfTwo(target);
      Shell.bash("kill -STOP $1", hanging.pid()).ok();
      assertThat(ask(USER, request(CsiNode.MOUNT))).contains("does not answer");
      long start = System.nanoTime();
      publishOfTwo(target);
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .as("less than the wait for a mount that does not answer")
          .isLessThan(Duration.ofSeconds(5));
    } finally {
      Shell.bash("kill -CONT $1", hanging.pid()).ok();
      hanging.destroyForcibly();
      server.destroyForcibly();
      Shell.bash("umount -l \"$1\"; rmdir \"$1\"", two);
    }
  }

  private void publishOfTwo(Path target) {
    lab.publishFrom("two", "v", target, "/train");
    assertThat(target.resolve("f")).hasSize(SIZE);
    assertThat(lab.stats("v", target).getVolumeCondition().getAbnormal()).isFalse();
    lab.unpublish("v", target);
  }

  @Test
  void whatIsNoRequestIsRefusedAndTheNextOneIsServed() throws Exception {
    assertThat(ask(USER, "GET / HTTP/1.1\\n\\n"))
        .contains("is no request for a mount of version 1");
    assertThat(ask(USER, "railfs-mount 1\\n\\xff\\xfe\\n\\n")).contains("line 2 of the request");
    assertThat(ask(USER, "x".repeat(5000))).isEqualTo("the request is too long");
    long start = System.nanoTime();
    assertThat(ask(USER, "railfs-mount 1\\n")).isEqualTo("the request did not come in time");
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
    assertThat(CsiNode.layers(mountpoint)).isZero();
    serve();
    assertServed();
  }

  @Test
  void whatIsNotOursAtThePlaceIsKept() throws Exception {
    Shell.bash("mount -t tmpfs foreign \"$1\"", mountpoint).ok();
    assertThat(ask(USER, request(CsiNode.MOUNT)))
        .contains("a file system of type tmpfs is mounted at " + mountpoint);
    assertThat(option("FSTYPE")).isEqualTo("tmpfs");
    Shell.bash("umount \"$1\" && touch \"$1/kept\"", mountpoint).ok();
    assertThat(ask(USER, request(CsiNode.MOUNT))).contains(mountpoint + " is not empty");
    Files.delete(mountpoint.resolve("kept"));
  }

  @Test
  void optionsThatCannotBeAreRefused() {
    Shell.Result background = lab.railfs.railfs("mount", "--fuse-socket", socket, mountpoint);
    assertThat(background.exit()).isEqualTo(2);
    assertThat(background.err()).contains("--fuse-socket needs -f");
    Shell.Result both =
        lab.railfs.railfs("mount", "-f", "--fuse-fd", "9", "--fuse-socket", socket, mountpoint);
    assertThat(both.exit()).isEqualTo(2);
    assertThat(both.err()).contains("exclude each other");
    for (String setting : List.of("allow-other", "read-only-flag")) {
      Shell.Result other =
          lab.railfs.railfs(
              "mount",
              "-f",
              "-D",
              "mount." + setting + "=false",
              "--fuse-socket",
              socket,
              mountpoint);
      assertThat(other.exit()).isEqualTo(2);
      assertThat(other.err()).contains("set railfs.mount." + setting + " = true");
    }
    Shell.Result name =
        lab.railfs.railfs("mount", "-f", "--fuse-socket", socket, lab.base().resolve("odd name"));
    assertThat(name.exit()).isEqualTo(2);
    assertThat(name.err()).contains("'odd name' can be none");
  }
}
