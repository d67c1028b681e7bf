// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A mount and a worker with a secret, TLS and limited paths, as an operator sets them up. */
final class TrustedMountTest {
  @TempDir Path directory;
  private MountEnvironment playground;
  private String mountTls;
  private String workerTls;
  private Path secret;
  private Path limited;

  @BeforeEach
  void start() throws IOException {
    playground = MountEnvironment.create();
    Path shown = Files.createDirectories(playground.dataset.resolve("imagenet/train"));
    Datasets.file(shown.resolve("large"), 21_000_001, 1);
    for (int i = 0; i < 8; i++) {
      Datasets.file(shown.resolve("small" + i), 1 + i * 19_000L, i);
    }
    Files.writeString(playground.dataset.resolve("imagenet-private"), "not for all");
    Pki pki = new Pki(directory, "ca");
    mountTls = tls(pki, pki.issue("trainer"));
    workerTls = tls(pki, pki.issue("worker", "DNS:localhost,IP:127.0.0.1", 30));
    secret = secret("all");
    limited = secret("limited");
    playground.writeConf(
        mountTls + secretFile(secret),
        workerTls
            + secretFile(secret)
            + "railfs.worker.security.secrets { \"%s\" = [\"/imagenet\"] }".formatted(limited));
    playground.startWorker();
  }

  @AfterEach
  void stop() {
    playground.close();
  }

  private static String tls(Pki pki, Pki.Identity identity) {
    return "railfs.security.tls { enabled = true, ca = \"%s\", certificate = \"%s\", key = \"%s\" }%n"
        .formatted(pki.ca(), identity.certificate(), identity.key());
  }

  private static String secretFile(Path file) {
    return "railfs.security.secret-file = \"" + file + "\"\n";
  }

  private Path secret(String name) throws IOException {
    Path file = directory.resolve(name + ".secret");
    Files.writeString(file, "a secret for tests ".replace(' ', '-') + name + "\n");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void everyByteIsRightBehindASecretAndTlsAndCommandsFindTheirWay() throws IOException {
    playground.mount();
    Path mounted = playground.mountpoint.resolve("imagenet/train");
    try (Stream<Path> files = Files.list(playground.dataset.resolve("imagenet/train"))) {
      for (Path file : files.toList()) {
        Path seen = mounted.resolve(file.getFileName());
        assertThat(Files.mismatch(seen, file)).as(seen.toString()).isEqualTo(-1);
      }
    }
    assertThat(playground.railfs("worker", "status").ok().out()).contains("ok");
    assertThat(playground.railfs("status").ok().out()).contains("ok");
    assertThat(playground.railfs("load", playground.mountpoint).ok().err()).doesNotContain("fail");
    assertThat(playground.railfs("doctor").out())
        .contains("release", "baseline")
        .doesNotContain("refused");
  }

  @Test
  void aLimitedSecretMountsATreeThatHoldsItsPathsAlone() throws IOException {
    playground.mount("-D", "railfs.security.secret-file=" + limited);
    try (Stream<Path> names = Files.list(playground.mountpoint)) {
      assertThat(names.map(path -> path.getFileName().toString())).containsExactly("imagenet");
    }
    Path outside = playground.mountpoint.resolve("imagenet-private");
    assertThat(Shell.bash("cat \"$1\"", outside).err()).contains("No such file or directory");
    assertThat(
            Files.mismatch(
                playground.mountpoint.resolve("imagenet/train/small7"),
                playground.dataset.resolve("imagenet/train/small7")))
        .isEqualTo(-1);
  }

  @Test
  void whoIsNotLetInIsToldInOneSentenceWhatToDo() throws IOException {
    for (List<String> wrong :
        List.of(
            List.of(secretFile(secret("unknown")), "the client's secret is none of this worker's"),
            List.of("", "takes no client without a secret"))) {
      playground.writeConf(mountTls + wrong.get(0), "");
      Shell.Result mount = playground.railfs("mount", playground.mountpoint);
      assertThat(mount.exit()).isNotZero();
      assertThat(mount.err().lines().filter(line -> line.startsWith("railfs: ")))
          .singleElement()
          .asString()
          .contains(wrong.get(1), "railfs.security.secret-file")
          .doesNotContain("start a worker");
      assertThat(playground.railfs("status").out()).contains(wrong.get(1));
    }
    playground.writeConf(secretFile(secret), "");
    Shell.Result mount = playground.railfs("mount", playground.mountpoint);
    assertThat(mount.err()).contains("TLS only", "railfs.security.tls.enabled");
    assertThat(playground.railfs("doctor").out()).contains("TLS only", "docs/SECURITY.md");
  }
}
