// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.trust;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import io.railfs.fabric.FabricException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TrustTest {
  private static final String ONE = "one-secret-of-this-test";
  private static final String TWO = "two-secret-of-this-test";

  @TempDir Path directory;

  private Path file(String text, String mode) throws IOException {
    Path file = directory.resolve("secret");
    Files.writeString(file, text);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }

  private static Trust open(Path file, Duration interval) throws FabricException {
    TrustSettings settings = new TrustSettings(Optional.of(file), Optional.empty(), interval);
    return Trust.open(settings, Side.CLIENT);
  }

  @Test
  void aProofIsWhatTheProtocolSays() {
    Secret secret = new Secret(Path.of("/s"), "0123456789abcdef");
    HexFormat hex = HexFormat.of();
    // Computed by another implementation of HMAC.
    assertThat(hex.formatHex(secret.id())).isEqualTo("0517ce49c741b44560af79e796a54070");
    byte[] client = new byte[32];
    byte[] worker = "w".repeat(32).getBytes(UTF_8);
    assertThat(hex.formatHex(secret.proof(Secret.Role.CLIENT, 1, client, worker)))
        .isEqualTo("e395868c51c0b38a62388e0cd7a6cea9d95f324721d06c835d6a470c812135f3");
    assertThat(hex.formatHex(secret.proof(Secret.Role.WORKER, 1, client, worker)))
        .isEqualTo("61465753509472ad267e1b514e1aa64a299800fca56f89e55c09deed2b3eec32");
  }

  @Test
  void noncesDiffer() {
    assertThat(Secret.nonce()).isNotEqualTo(Secret.nonce()).hasSize(Secret.NONCE_LENGTH);
  }

  @Test
  void filesThatOthersCouldReadOrThatHoldNoSecretAreRefusedInOneSentence() throws IOException {
    Map<String, String> wrong =
        Map.of(
            "rw-r--r--", "chmod 600",
            "rw----r--", "chmod 600",
            "rw--w----", "chmod 600");
    for (Map.Entry<String, String> mode : wrong.entrySet()) {
      Path file = file(ONE, mode.getKey());
      assertThatThrownBy(() -> open(file, Duration.ofSeconds(5)))
          .as(mode.getKey())
          .isInstanceOf(FabricException.class)
          .hasMessageContaining(mode.getValue());
    }
    for (String text :
        new String[] {
          "", "\n\n", "fifteen-letters", ONE + "\nshort\n", "with a blank in it here"
        }) {
      Path file = file(text, "rw-------");
      assertThatThrownBy(() -> open(file, Duration.ofSeconds(5)))
          .as(text)
          .isInstanceOf(FabricException.class)
          .hasMessageContaining("head -c 32 /dev/urandom");
    }
    assertThatThrownBy(() -> open(directory.resolve("none"), Duration.ofSeconds(5)))
        .hasMessageContaining("does not exist");
    assertThatThrownBy(() -> open(directory, Duration.ofSeconds(5)))
        .hasMessageContaining("does not exist or is no file");
  }

  @Test
  void aFileOfAnotherUserIsRefused() throws IOException {
    Path file = file(ONE, "rw-------");
    Files.setAttribute(file, "unix:uid", 12_345);
    assertThatThrownBy(() -> open(file, Duration.ofSeconds(5)))
        .hasMessageContainingAll("belongs to the user with number 12345", "chown");
  }

  @Test
  void everyLineIsAcceptedAndTheFirstIsUsed() throws Exception {
    try (Trust trust = open(file(ONE + "\n" + TWO + "\n", "r--------"), Duration.ofSeconds(5))) {
      Secret one = new Secret(Path.of("/other"), ONE);
      Secret two = new Secret(Path.of("/other"), TWO);
      assertThat(trust.secret().orElseThrow().id()).isEqualTo(one.id());
      assertThat(trust.find(two.id())).isPresent();
      assertThat(trust.find(new byte[16])).isEmpty();
      assertThat(trust.usesTls()).isFalse();
    }
  }

  @Test
  void aChangedFileIsNoticedAlsoWhereItsSizeAndTimeStay() throws Exception {
    Path file = file(ONE, "rw-------");
    FileTime time = Files.getLastModifiedTime(file);
    try (Trust trust = open(file, Duration.ofMillis(10))) {
      Secret before = trust.secret().orElseThrow();
      Path fresh = directory.resolve("fresh");
      Files.copy(file(TWO, "rw-------"), fresh, StandardCopyOption.COPY_ATTRIBUTES);
      Files.setLastModifiedTime(fresh, time);
      Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING);
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> !trust.secret().orElseThrow().equals(before));
      assertThat(trust.accepts(before)).isFalse();
      // It is counted after it has come into use.
      await().atMost(Duration.ofSeconds(20)).until(() -> trust.reloads() > 0);
      Files.delete(file);
      await().atMost(Duration.ofSeconds(20)).until(() -> trust.failures() > 0);
      assertThat(trust.secret()).as("what was read before").isPresent();
    }
  }

  @Test
  void settingsAreOffByDefaultAndCheckedWhereTheyAreNot() {
    Config defaults = ConfigFactory.defaultReference();
    assertThat(TrustSettings.of(defaults)).isEqualTo(TrustSettings.OFF);
    Map<String, String> wrong =
        Map.of(
            "railfs.security.secret-file = relative", "is not an absolute path",
            "railfs.security.reload-interval = 1ms", "between 10ms and 1d",
            "railfs.security.tls { enabled = true, key = /k }", "belong together",
            "railfs.security.tls { enabled = true, certificate = /c }", "belong together");
    wrong.forEach(
        (text, sentence) ->
            assertThatThrownBy(
                    () -> TrustSettings.of(ConfigFactory.parseString(text).withFallback(defaults)))
                .as(text)
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(sentence));
  }

  @Test
  void tlsWithoutTheFilesThatItsSideNeedsIsRefusedInOneSentence() {
    TlsSettings nothing = new TlsSettings(Optional.empty(), Optional.empty(), Optional.empty());
    TrustSettings settings =
        new TrustSettings(Optional.empty(), Optional.of(nothing), Duration.ofSeconds(5));
    assertThatThrownBy(() -> Trust.open(settings, Side.CLIENT))
        .hasMessageContainingAll("railfs.security.tls.ca", "signs the workers' certificates");
    assertThatThrownBy(() -> Trust.open(settings, Side.WORKER))
        .hasMessageContainingAll("railfs.security.tls.certificate", "this worker's certificate");
  }
}
