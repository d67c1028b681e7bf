// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The units and the mount helper of an installation, under a real systemd. */
final class ServiceFilesTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final String WORKER = "railfs-worker.service";

  private static MountEnvironment playground;
  private static Path prefix;
  private static SystemdLab lab;
  private static String mount;
  private static String mountUnit;

  @BeforeAll
  static void boot() throws IOException {
    playground = MountEnvironment.create();
    playground.writeConf(
        "railfs.mount.memory-limit = 512MiB\nrailfs.client { read-deadline = 4s, metadata-deadline = 4s }",
        "");
    Datasets.file(playground.dataset.resolve("f"), 5_000_000, 1);
    prefix = playground.logs.resolve("prefix");
    playground.railfs("install", "--prefix", prefix).ok();
    for (String conf : List.of("railfs.conf", "railfs-worker.conf")) {
      Files.copy(
          playground.conf.resolve(conf),
          prefix.resolve("etc/railfs").resolve(conf),
          StandardCopyOption.REPLACE_EXISTING);
    }
    String escaped =
        Shell.bash("systemd-escape -p \"$1\"", playground.mountpoint).ok().out().strip();
    mount = "railfs-mount@" + escaped + ".service";
    mountUnit = escaped + ".mount";
    lab =
        SystemdLab.boot(
            playground.logs.resolve("lab"),
            prefix,
            "%s/etc/railfs/railfs.conf %s railfs allow_other,_netdev,nofail,x-systemd.after=%s 0 0\n"
                .formatted(prefix, playground.mountpoint, WORKER));
    lab.run("systemctl", "start", WORKER).ok();
  }

  @AfterAll
  static void end() {
    try {
      lab.close();
    } finally {
      playground.close();
    }
  }

  @AfterEach
  void stopMounts() {
    lab.run("systemctl", "stop", mount, mountUnit).ok();
    assertThat(mounts()).isZero();
  }

  private static int mounts() {
    return lab.bash("grep \" $1 \" /proc/self/mountinfo", playground.mountpoint)
        .out()
        .lines()
        .toList()
        .size();
  }

  private static void assertReads() {
    assertThat(
            lab.bash(
                    "cmp \"$1/f\" \"$2/f\" && echo same", playground.mountpoint, playground.dataset)
                .ok()
                .out()
                .strip())
        .isEqualTo("same");
  }

  /** Waits until the mount answers under a process other than that one. */
  private static void awaitAnother(String pid) {
    Awaitility.await()
        .atMost(TIMEOUT)
        .untilAsserted(
            () -> {
              assertThat(lab.property(mount, "SubState")).isEqualTo("running");
              assertThat(lab.property(mount, "MainPID")).isNotEqualTo(pid);
            });
  }

  @Test
  void systemdFindsNothingToComplainOf() {
    Shell.Result verified =
        Shell.bash(
            "systemd-analyze verify --man=no \"$1/lib/systemd/system/railfs-worker.service\" \"$1/lib/systemd/system/railfs-mount@mnt-data.service\" 2>&1 | grep railfs",
            prefix);
    assertThat(verified.out()).isEmpty();
  }

  @Test
  void aMountIsReadyWhenItsUnitHasStartedAndGoneWhenItHasStopped() {
    lab.run("systemctl", "start", mount).ok();
    assertReads();
    assertThat(lab.property(mount, "StatusText")).contains(playground.mountpoint + " serves");
    // journald reads what a unit has written when it comes to it.
    Awaitility.await().atMost(TIMEOUT).until(() -> lab.journal(mount).contains("Mount: mounted"));
    assertThat(lab.journal(mount))
        .as("the journal has the time already")
        .doesNotContainPattern("\\d{4}-\\d\\d-\\d\\dT");
    assertThat(lab.bash("journalctl -q -p info..info -u \"$1\"", mount).out())
        .as("lines carry their level")
        .contains("Mount: mounted");
    lab.run("systemctl", "stop", mount).ok();
    assertThat(mounts()).isZero();
    assertThat(lab.property(mount, "Result")).isEqualTo("success");
  }

  @Test
  void aMountThatIsKilledIsMountedAgainInTheSamePlace() {
    lab.run("systemctl", "start", mount).ok();
    String pid = lab.property(mount, "MainPID");
    lab.run("kill", "-KILL", pid).ok();
    awaitAnother(pid);
    assertReads();
    assertThat(mounts()).isEqualTo(1);
    Awaitility.await()
        .atMost(TIMEOUT)
        .until(() -> lab.journal(mount).contains("cleared a stale mount"));
  }

  @Test
  void aMountThatHangsIsEndedAndMountedAgainAndWhoWaitedComesFree() {
    lab.dropIn(mount, "[Service]\nWatchdogSec=5s");
    lab.run("systemctl", "start", mount).ok();
    String pid = lab.property(mount, "MainPID");
    lab.run("kill", "-STOP", pid).ok();
    Shell.Result waited = lab.bash("head -c 1000 \"$1/f\" >/dev/null", playground.mountpoint);
    assertThat(waited.exit()).as("an error, not a wait for ever").isNotZero();
    awaitAnother(pid);
    assertReads();
    assertThat(lab.journal(mount)).contains("Watchdog timeout");
  }

  @Test
  void aMountThatSomebodyUnmountsStaysUnmounted() {
    lab.run("systemctl", "start", mount).ok();
    lab.run("umount", playground.mountpoint).ok();
    Awaitility.await()
        .atMost(TIMEOUT)
        .untilAsserted(() -> assertThat(lab.property(mount, "ActiveState")).isEqualTo("inactive"));
    assertThat(lab.property(mount, "Result")).isEqualTo("success");
  }

  @Test
  void aWorkerThatIsKilledIsStartedAgain() {
    String pid = lab.property(WORKER, "MainPID");
    lab.run("kill", "-KILL", pid).ok();
    Awaitility.await()
        .atMost(TIMEOUT)
        .untilAsserted(
            () -> {
              assertThat(lab.property(WORKER, "SubState")).isEqualTo("running");
              assertThat(lab.property(WORKER, "MainPID")).isNotEqualTo(pid);
            });
    lab.run("systemctl", "start", mount).ok();
    assertReads();
  }

  @Test
  void aLineOfFstabMountsAtBoot() {
    assertThat(lab.run("systemctl", "list-dependencies", "--plain", "remote-fs.target").out())
        .as("the boot waits for it")
        .contains(mountUnit);
    lab.run("systemctl", "start", mountUnit).ok();
    assertReads();
    assertThat(lab.bash("grep \" $1 \" /proc/mounts", playground.mountpoint).out())
        .startsWith(prefix + "/etc/railfs/railfs.conf ")
        .contains(" ro,")
        .contains("allow_other");
  }

  @Test
  void mountAndUmountWorkWithTheHelper() throws IOException {
    Path fstab = playground.logs.resolve("fstab");
    Files.writeString(
        fstab,
        "%s/etc/railfs/railfs.conf %s railfs defaults 0 0\n"
            .formatted(prefix, playground.mountpoint));
    lab.run("mount", "-T", fstab, playground.mountpoint).ok();
    assertReads();
    lab.run("mount", "-T", fstab, "-a").ok();
    assertThat(mounts()).as("mount -a mounts what is not mounted").isEqualTo(1);
    lab.run("umount", playground.mountpoint).ok();
    lab.run("mount", "-T", fstab, "-a").ok();
    assertReads();
    lab.run("umount", playground.mountpoint).ok();
    lab.run(
            "mount",
            "-t",
            "railfs",
            "-o",
            "attr_timeout=1,noatime",
            prefix.resolve("etc/railfs/railfs.conf"),
            playground.mountpoint)
        .ok();
    assertReads();
    Shell.Result refused =
        lab.run("mount", "-t", "railfs", "-o", "colour=blue", "any", playground.mountpoint);
    assertThat(refused.exit()).isNotZero();
    assertThat(refused.err()).contains("mount option 'colour' is not known");
  }
}
