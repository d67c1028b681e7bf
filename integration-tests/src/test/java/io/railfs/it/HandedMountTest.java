// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A mount that one process has mounted and another one, without any privilege, serves. */
final class HandedMountTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** Opens /dev/fuse, mounts, and becomes a command of nobody that has the descriptor as 9. */
  private static final String HAND =
      """
      import ctypes, os, sys
      mountpoint = sys.argv[1]
      libc = ctypes.CDLL(None, use_errno=True)
      fd = os.open("/dev/fuse", os.O_RDWR)
      options = f"fd={fd},rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions,max_read=1048576"
      flags = 1 | 2 | 4
      assert libc.mount(b"railfs", mountpoint.encode(), b"fuse.railfs", flags, options.encode()) == 0, ctypes.get_errno()
      os.dup2(fd, 9)
      os.close(fd)
      os.execvp("setpriv", ["setpriv", "--reuid=10001", "--regid=10001", "--clear-groups", "--no-new-privs",
                            "--bounding-set=-all"] + sys.argv[2:])
      """;

  private final MountEnvironment playground = MountEnvironment.create();
  private Process server;

  @BeforeEach
  void startWorker() throws IOException {
    playground.writeConf("railfs.mount.memory-limit = 512MiB", "");
    Datasets.file(playground.dataset.resolve("f"), 20_000_000, 1);
    playground.startWorker();
    // For a user who is nobody.
    Shell.bash(
            "chmod 755 $1 $1/conf $1/mnt && chmod 644 $1/conf/* && mkdir -m 777 $1/own",
            playground.conf.getParent())
        .ok();
  }

  @AfterEach
  void stop() {
    if (server != null) {
      server.descendants().forEach(ProcessHandle::destroyForcibly);
      server.destroyForcibly();
    }
    Shell.bash("umount -l \"$1\"", playground.mountpoint);
    playground.close();
  }

  private Path output() {
    return playground.logs.resolve("server");
  }

  private void serve(String descriptor) throws IOException {
    Path script = Files.writeString(playground.conf.resolve("hand.py"), HAND);
    Path own = playground.conf.resolveSibling("own");
    ProcessBuilder builder =
        new ProcessBuilder(
            "python3",
            script.toString(),
            playground.mountpoint.toString(),
            RailfsProcess.PATH.toString(),
            "mount",
            "-f",
            "-D",
            "run-directory=" + own.resolve("run"),
            "--fuse-fd",
            descriptor,
            playground.mountpoint.toString());
    builder.environment().put("RAILFS_CONF_DIR", playground.conf.toString());
    builder.environment().put("HOME", own.toString());
    server = builder.redirectErrorStream(true).redirectOutput(output().toFile()).start();
  }

  private int compare() {
    return Shell.bash(
            "timeout 20 cmp \"$1\" \"$2\"",
            playground.mountpoint.resolve("f"),
            playground.dataset.resolve("f"))
        .exit();
  }

  @Test
  void aProcessWithoutPrivilegesServesIt() throws Exception {
    serve("9");
    Awaitility.await()
        .atMost(LIMIT)
        .failFast(() -> assertThat(server.isAlive()).as(Files.readString(output())).isTrue())
        .until(() -> Files.readString(output()).contains("mounted " + playground.mountpoint));
    assertThat(compare()).isZero();
    String status = Files.readString(Path.of("/proc/" + server.pid() + "/status"));
    assertThat(status).contains("Uid:\t10001").contains("CapEff:\t0000000000000000");
    assertThat(Shell.bash("touch \"$1/new\"", playground.mountpoint).err())
        .contains("Read-only file system");

    Shell.bash("umount \"$1\"", playground.mountpoint).ok();
    assertThat(server.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(server.exitValue()).as(Files.readString(output())).isZero();
  }

  @Test
  void whenItsServerEndsTheMountIsLeftToWhoMadeIt() throws Exception {
    serve("9");
    Awaitility.await().atMost(LIMIT).until(() -> Files.readString(output()).contains("mounted"));
    assertThat(compare()).isZero();
    server.destroy();
    assertThat(server.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(server.exitValue()).isZero();
    assertThat(Shell.bash("findmnt -n \"$1\"", playground.mountpoint).exit()).isZero();
    assertThat(Shell.bash("timeout 20 ls \"$1\"", playground.mountpoint).err())
        .contains("not connected");
  }

  @Test
  void whatIsNoDescriptorOfTheKernelIsRefused() throws Exception {
    serve("1");
    assertThat(server.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(server.exitValue()).isEqualTo(2);
    assertThat(Files.readString(output())).contains("descriptor 1 is not of /dev/fuse");
    Shell.Result background = playground.railfs("mount", "--fuse-fd", "9", playground.mountpoint);
    assertThat(background.exit()).isEqualTo(2);
    assertThat(background.err()).contains("--fuse-fd needs -f");
    Shell.Result none =
        playground.railfs("mount", "-f", "--fuse-fd", "9999", playground.mountpoint);
    assertThat(none.exit()).isEqualTo(2);
    assertThat(none.err()).contains("descriptor 9999 is not open in this process");
  }
}
