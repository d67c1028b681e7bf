// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** railfs install: what it lays down works from there, and what an operator edited stays. */
final class InstallTest {
  private MountEnvironment playground;
  private Path prefix;

  @BeforeEach
  void prepare() throws IOException {
    playground = MountEnvironment.create();
    Files.writeString(playground.dataset.resolve("file"), "content");
    prefix = playground.logs.resolve("a prefix");
  }

  @AfterEach
  void close() {
    Shell.bash("umount -l \"$1\" 2>/dev/null", playground.mountpoint);
    playground.close();
  }

  private Shell.Result install(Object... words) {
    List<Object> all = new ArrayList<>(List.of("install", "--no-archive", "--prefix", prefix));
    all.addAll(List.of(words));
    return playground.railfs(all.toArray());
  }

  /** Runs the installed command, as a user who has nothing else of RailFS. */
  private Shell.Result installed(Object... words) {
    List<String> command = new ArrayList<>(List.of("env", "-u", "RAILFS_CONF_DIR"));
    command.add(prefix.resolve("bin/railfs").toString());
    Stream.of(words).map(Object::toString).forEach(command::add);
    return Shell.run(MountEnvironment.LIMIT, Map.of(), Path.of("/"), command);
  }

  private Path conf(String name) {
    return prefix.resolve("etc/railfs").resolve(name);
  }

  private void edit() throws IOException {
    Files.copy(
        playground.conf.resolve("railfs.conf"),
        conf("railfs.conf"),
        StandardCopyOption.REPLACE_EXISTING);
  }

  private List<Path> releases() throws IOException {
    try (Stream<Path> entries = Files.list(prefix.resolve("lib/railfs"))) {
      return entries.filter(entry -> !Files.isSymbolicLink(entry)).toList();
    }
  }

  /** What a later release would be: other conf defaults, another page. */
  private Path nextRelease() throws IOException {
    Path next = playground.logs.resolve("next");
    Shell.bash("cp -r \"$1\" \"$2\"", releases().get(0), next).ok();
    Files.delete(next.resolve("conf"));
    Files.writeString(next.resolve("defaults/railfs.conf"), "# of the next release\n");
    Files.writeString(next.resolve("defaults/railfs-worker.conf"), "# of the next release\n");
    return next;
  }

  @Test
  void theInstalledCommandMountsWithItsOwnConf() throws IOException {
    playground.railfs("install", "--prefix", prefix).ok();
    assertThat(releases().get(0).resolve("cds"))
        .as("the archive of classes, made with what a mount uses")
        .isDirectoryContaining("glob:**.jsa.trained");
    // A mount starts with what one of the training has learnt, from JDK 25 on.
    boolean learns = installed("version").ok().out().contains("Java 25");
    assertThat(installed("jvm-flags", "mount", "-f", playground.mountpoint).ok().out())
        .contains(learns ? "/mount.aot" : "-XX:SharedArchiveFile=");
    edit();
    playground.startWorker();
    assertThat(installed("conf", "get", "workers", "--source").ok().out())
        .contains(conf("railfs.conf") + ":3");
    installed("mount", playground.mountpoint).ok();
    assertThat(Files.readString(playground.mountpoint.resolve("file"))).isEqualTo("content");
    installed("umount", playground.mountpoint).ok();
    assertThat(prefix.resolve("lib/systemd/system/railfs-worker.service"))
        .content()
        .contains("ExecStart=" + prefix + "/bin/railfs worker start -f")
        .doesNotContain("@");
    assertThat(prefix.resolve("share/doc/railfs/OPERATIONS.md")).exists();
    assertThat(prefix.resolve("sbin/mount.railfs")).isExecutable();
  }

  @Test
  void installingTwiceChangesNothing() throws IOException {
    install().ok();
    Path release = releases().get(0);
    edit();
    String again = install().ok().out();
    assertThat(again)
        .contains("is there " + release)
        .contains("is there " + conf("railfs-worker.conf"))
        .contains("kept     " + conf("railfs.conf") + ", which was edited");
    assertThat(releases()).containsExactly(release);
    assertThat(conf("railfs.conf")).hasSameTextualContentAs(playground.conf.resolve("railfs.conf"));
  }

  @Test
  void anUpgradeKeepsEditedConfAndTheReleaseThatAMountRunsFrom() throws IOException {
    install().ok();
    Path first = releases().get(0);
    Path next = nextRelease();
    edit();
    playground.startWorker();
    installed("mount", playground.mountpoint).ok();
    Shell.run(
            MountEnvironment.LIMIT,
            Map.of(),
            null,
            List.of(
                next.resolve("bin/railfs").toString(),
                "install",
                "--no-archive",
                "--prefix",
                prefix.toString()))
        .ok();
    assertThat(releases()).hasSize(2).contains(first);
    assertThat(prefix.resolve("lib/railfs/current").toRealPath()).isNotEqualTo(first);
    assertThat(Files.readString(playground.mountpoint.resolve("file"))).isEqualTo("content");
    assertThat(conf("railfs.conf")).hasSameTextualContentAs(playground.conf.resolve("railfs.conf"));
    assertThat(conf("railfs-worker.conf")).hasContent("# of the next release");

    String pid = installed("mount", "--json").ok().out().replaceAll("(?s).*\"pid\":(\\d+).*", "$1");
    Shell.Result refused = install("--uninstall");
    assertThat(refused.exit()).isEqualTo(1);
    assertThat(refused.err()).contains("in use").containsPattern("\\b" + pid + "\\b");

    installed("umount", playground.mountpoint).ok();
    makeArchive(first);
    installed("install", "--no-archive", "--prefix", prefix).ok();
    assertThat(releases()).as("nobody runs from the first one any more").hasSize(1);
  }

  /** As bin/railfs does in the background, when a release runs for the first time. */
  private static void makeArchive(Path release) throws IOException {
    new ProcessBuilder("bash", "-c", "mkdir -p cds/x.lock; sleep 3; rmdir cds/x.lock")
        .directory(release.toFile())
        .start();
    Awaitility.await().until(() -> Files.exists(release.resolve("cds/x.lock")));
  }

  @Test
  void uninstallingLeavesTheConfAlone() throws IOException {
    install().ok();
    edit();
    assertThat(install("--uninstall").ok().out()).contains("kept     " + conf("").getParent());
    try (Stream<Path> left = Files.walk(prefix)) {
      assertThat(left.filter(path -> !Files.isDirectory(path)))
          .containsExactlyInAnyOrder(
              conf("railfs.conf"),
              conf("railfs-worker.conf"),
              conf("railfs-csi.conf"),
              conf("logback.xml"));
    }
    assertThat(install("--uninstall").ok().out()).contains("not installed");
    install().ok();
    assertThat(conf("railfs.conf")).hasSameTextualContentAs(playground.conf.resolve("railfs.conf"));
  }

  @Test
  void whatIsNotOursIsNotReplaced() throws IOException {
    Path command = Files.createDirectories(prefix.resolve("bin")).resolve("railfs");
    Files.writeString(command, "something else");
    Shell.Result refused = install();
    assertThat(refused.exit()).isEqualTo(1);
    assertThat(refused.err()).contains(command + " is there and is no link of RailFS");
    assertThat(prefix.resolve("lib")).doesNotExist();
  }

  @Test
  void aPackageIsStagedBelowAnotherRoot() throws IOException {
    Path root = playground.logs.resolve("stage");
    playground.railfs("install", "--destdir", root, "--prefix", "/usr").ok();
    assertThat(root.resolve("etc/railfs/railfs.conf")).exists();
    assertThat(Files.readSymbolicLink(root.resolve("sbin/mount.railfs")))
        .isEqualTo(Path.of("/usr/lib/railfs/current/bin/mount.railfs"));
    assertThat(root.resolve("usr/lib/systemd/system/railfs-worker.service"))
        .content()
        .contains("ExecStart=/usr/bin/railfs worker");
    try (Stream<Path> all = Files.walk(root)) {
      assertThat(all.filter(path -> path.toString().contains("java-home"))).isEmpty();
    }
  }
}
