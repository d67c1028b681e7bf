// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.packages;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Array;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.eclipse.packager.rpm.RpmTag;
import org.eclipse.packager.rpm.parse.InputHeader;
import org.eclipse.packager.rpm.parse.RpmInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packages as the build made them: what is in them, and that they work. */
final class PackagesTest {
  private static final Path PACKAGES = Path.of(System.getProperty("railfs.packages"));
  private static final String VERSION = System.getProperty("railfs.version");
  private static final long LIMIT_SECONDS = 300;

  private static final Pattern NATIVE = Pattern.compile(".*\\.(so|dll|dylib|jnilib|a)");
  private static final Pattern OF_OUR_PLATFORMS =
      Pattern.compile(".*(x86_64|aarch_?64).*", Pattern.CASE_INSENSITIVE);

  @TempDir private static Path unpacked;

  private static Path release;

  @BeforeAll
  static void unpack() throws IOException, InterruptedException {
    Path tarball = PACKAGES.resolve("railfs-" + VERSION + ".tar.gz");
    run("tar", "-xzf", tarball.toString(), "-C", unpacked.toString());
    release = unpacked.resolve("railfs-" + VERSION);
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Path output = Files.createTempFile(unpacked, "output", ".txt");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).as(command[0]).isTrue();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    String text = Files.readString(output);
    assertThat(process.exitValue()).as(Arrays.toString(command) + "\n" + text).isZero();
    return text;
  }

  @Test
  void theTarballRunsWhereItWasUnpacked() throws IOException, InterruptedException {
    String railfs = release.resolve("bin/railfs").toString();

    assertThat(run(railfs, "--version")).isEqualTo("railfs " + VERSION + "\n");
    Path conf = release.resolve("conf/railfs.conf");
    Files.writeString(conf, "railfs.mount.memory-limit = 5GiB\n", StandardOpenOption.APPEND);
    assertThat(run(railfs, "conf", "get", "mount.memory-limit", "--source"))
        .startsWith("5GiB")
        .contains(conf.toString());
    assertThat(release.resolve("legal/sbom.json")).isNotEmptyFile();
  }

  @Test
  void onlyNativeLibrariesOfOurPlatformsAreInIt() throws IOException {
    List<String> libraries = new ArrayList<>();
    try (Stream<Path> jars = Files.walk(release.resolve("lib"))) {
      for (Path jar : jars.filter(Files::isRegularFile).toList()) {
        try (JarFile file = new JarFile(jar.toFile())) {
          file.stream()
              .map(entry -> jar.getFileName() + ":" + entry.getName())
              .filter(name -> NATIVE.matcher(name).matches())
              .forEach(libraries::add);
        }
      }
    }

    assertThat(libraries)
        .anyMatch(name -> name.contains("jni/x86_64-Linux"))
        .anyMatch(name -> name.contains("jni/aarch64-Linux"))
        .anyMatch(name -> name.contains("epoll"))
        .anyMatch(name -> name.contains("opendal"))
        .allMatch(name -> name.toLowerCase(Locale.ROOT).contains("linux") || isEpoll(name))
        .allMatch(name -> OF_OUR_PLATFORMS.matcher(name).matches());
  }

  /** It is there for Linux only, and does not say so in the name of the library. */
  private static boolean isEpoll(String name) {
    return name.contains("native-epoll");
  }

  @Test
  void everyCommandHasItsManPage() throws IOException {
    Path pages = release.resolve("share/man/man1");

    for (String name : List.of("railfs", "railfs-mount", "railfs-worker", "railfs-bench-net")) {
      assertThat(Files.readString(pages.resolve(name + ".1")))
          .startsWith(".TH \"")
          .contains(".SH \"NAME\"\n" + name.replace("-", "\\-") + " \\- ")
          .contains(".SH \"SYNOPSIS\"\n" + name.replace('-', ' '))
          .contains(".SH \"OPTIONS\"")
          .contains(".SH \"EXIT STATUS\"");
    }
    assertThat(pages.resolve("railfs-warm-up.1")).doesNotExist();
  }

  @Test
  void bashCompletesCommandsAndOptions() throws IOException, InterruptedException {
    assertThat(complete("railfs", "mou")).contains("mount");
    assertThat(complete("railfs", "mount", "--bi")).contains("--bind");
  }

  private static String complete(String... words) throws IOException, InterruptedException {
    String script = release.resolve("share/bash-completion/completions/railfs").toString();
    return run(
        "bash",
        "-c",
        "source '%s'; COMP_WORDS=(%s); COMP_CWORD=%d; _complete_railfs; echo \"${COMPREPLY[@]}\""
            .formatted(script, String.join(" ", words), words.length - 1));
  }

  /** It needs root, as the mounts of the other tests do. */
  @Test
  void theDebIsInstalledUsedAndRemoved() throws IOException, InterruptedException {
    Path deb = PACKAGES.resolve("railfs-" + VERSION + ".deb");
    Path script = Path.of("src/test/resources/use-deb.sh").toAbsolutePath();

    String text =
        run(
            "unshare",
            "--mount",
            "--propagation=private",
            "--net",
            "--pid",
            "--fork",
            "--kill-child",
            "bash",
            script.toString(),
            deb.toString());

    assertThat(text).contains("railfs " + VERSION).endsWith("== done\n");
  }

  @Test
  void theRpmSaysWhatItIsAndNeeds() throws IOException {
    try (RpmInputStream rpm = rpm()) {
      InputHeader<RpmTag> header = rpm.getPayloadHeader();

      assertThat(header.getTag(RpmTag.NAME)).isEqualTo("railfs");
      assertThat((String) header.getTag(RpmTag.VERSION))
          .isEqualTo(VERSION.replace("-SNAPSHOT", ""));
      assertThat(header.getTag(RpmTag.ARCH)).isEqualTo("noarch");
      assertThat(header.getTag(RpmTag.LICENSE)).isEqualTo("Apache-2.0");
      assertThat((String[]) header.getTag(RpmTag.REQUIRE_NAME))
          .contains("java-headless", "fuse-libs", "fuse", "bash");
    }
  }

  @Test
  void theRpmHasTheFilesInTheirPlaces() throws IOException {
    try (RpmInputStream rpm = rpm()) {
      InputHeader<RpmTag> header = rpm.getPayloadHeader();
      List<String> files = files(header);

      assertThat(files)
          .contains(
              "/usr/lib/railfs/bin/railfs",
              "/usr/bin/railfs",
              "/usr/sbin/mount.railfs",
              "/usr/lib/railfs/legal/sbom.json",
              "/usr/lib/systemd/system/railfs-worker.service",
              "/usr/lib/systemd/system/railfs-mount@.service",
              "/usr/share/man/man1/railfs-mount.1",
              "/usr/share/bash-completion/completions/railfs",
              "/usr/share/zsh/site-functions/_railfs",
              "/etc/railfs/railfs.conf")
          .anyMatch(name -> name.startsWith("/usr/lib/railfs/lib/opendal-"));
      String[] links = (String[]) header.getTag(RpmTag.FILE_LINKTO);
      assertThat(links[files.indexOf("/usr/bin/railfs")]).isEqualTo("../lib/railfs/bin/railfs");
      assertThat(
              number(header, RpmTag.FILE_MODES, files.indexOf("/usr/lib/railfs/bin/railfs")) & 0777)
          .isEqualTo(0755);
      assertThat(number(header, RpmTag.FILE_MODES, files.indexOf("/etc/railfs/railfs.conf")) & 0777)
          .isEqualTo(0644);
    }
  }

  private static List<String> files(InputHeader<RpmTag> header) {
    String[] names = (String[]) header.getTag(RpmTag.BASENAMES);
    String[] directories = (String[]) header.getTag(RpmTag.DIRNAMES);
    List<String> files = new ArrayList<>();
    for (int i = 0; i < names.length; i++) {
      files.add(directories[number(header, RpmTag.DIR_INDEXES, i)] + names[i]);
    }
    return files;
  }

  private static int number(InputHeader<RpmTag> header, RpmTag tag, int index) {
    return ((Number) Array.get(header.getTag(tag), index)).intValue();
  }

  private static RpmInputStream rpm() throws IOException {
    InputStream file = Files.newInputStream(PACKAGES.resolve("railfs-" + VERSION + ".rpm"));
    return new RpmInputStream(new BufferedInputStream(file));
  }
}
