// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import io.railfs.membership.MemberWatch;
import io.railfs.membership.MembershipException;
import io.railfs.membership.MembershipSettings;
import io.railfs.membership.Registration;
import io.railfs.protocol.messages.DataEndpoint;
import io.railfs.protocol.messages.Member;
import io.railfs.protocol.messages.WorkerState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real etcd that speaks TLS alone, asks for certificates, and has users. */
final class EtcdSecurityTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final String PASSWORD = "the-password-of-railfs";

  @TempDir Path directory;
  private Pki pki;
  private Pki.Identity client;
  private Path password;
  private EtcdServer etcd;

  @BeforeEach
  void start() throws IOException {
    pki = new Pki(directory, "ca");
    client = pki.issue("railfs-client");
    password = file("password", PASSWORD);
    etcd = EtcdServer.encrypted(pki, pki.issue("etcd"));
    ask("auth/user/add", "{\"name\": \"root\", \"password\": \"the-password-of-root\"}");
    ask("auth/user/grant", "{\"user\": \"root\", \"role\": \"root\"}");
    ask("auth/user/add", "{\"name\": \"railfs\", \"password\": \"" + PASSWORD + "\"}");
    ask("auth/role/add", "{\"name\": \"workers\"}");
    // "/railfs/" up to "/railfs0", in Base64.
    ask(
        "auth/role/grant",
        "{\"name\": \"workers\", \"perm\": {\"permType\": \"READWRITE\", \"key\": \"L3JhaWxmcy8=\", \"range_end\": \"L3JhaWxmczA=\"}}");
    ask("auth/user/grant", "{\"user\": \"railfs\", \"role\": \"workers\"}");
    ask("auth/enable", "{}");
  }

  @AfterEach
  void stop() {
    etcd.close();
  }

  private void ask(String what, String body) {
    Shell.bash(
            "curl -sf --cacert \"$1\" --cert \"$2\" --key \"$3\" -d \"$4\" \"$5\"",
            pki.ca(),
            client.certificate(),
            client.key(),
            body,
            etcd.endpoint() + "/v3/" + what)
        .ok();
  }

  private Path file(String name, String text) throws IOException {
    Path file = Files.writeString(directory.resolve(name), text + "\n");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private String tls(Pki trusted, Pki.Identity own) {
    return "tls { ca = \"%s\", certificate = \"%s\", key = \"%s\" }%n"
        .formatted(trusted.ca(), own.certificate(), own.key());
  }

  private static String user(Path file) {
    return "user = railfs, password-file = \"" + file + "\"\n";
  }

  private MembershipSettings settings(String access) {
    return MembershipSettings.of(
        ConfigFactory.parseString(
                "railfs.membership { type = etcd, etcd { endpoints = [\"%s\"], lease = 2s, timeout = 2s%n %s } }"
                    .formatted(etcd.endpoint(), access))
            .withFallback(ConfigFactory.load()));
  }

  private static Member member() {
    return Member.newBuilder()
        .setWorkerId("w1")
        .setState(WorkerState.SERVING)
        .addRpcEndpoints(DataEndpoint.newBuilder().setAddress("10.0.0.1").setPort(29999))
        .build();
  }

  private void assertRefused(String access, String... parts) {
    assertThatThrownBy(() -> MemberWatch.once(settings(access)))
        .isInstanceOf(MembershipException.class)
        .hasMessageContaining("the workers cannot be learned")
        .hasMessageContainingAll(parts);
  }

  @Test
  void workersRegisterAndAreSeenWithBothProofs() throws Exception {
    MembershipSettings settings = settings(tls(pki, client) + user(password));
    AtomicReference<List<Member>> seen = new AtomicReference<>();
    try (MemberWatch watch = MemberWatch.start(settings, seen::set)) {
      try (Registration registration = Registration.start(settings, EtcdSecurityTest::member)) {
        assertThat(registration).isNotNull();
        await().atMost(TIMEOUT).until(() -> seen.get().equals(List.of(member())));
        assertThat(watch.isStale()).isFalse();
      }
      await().atMost(TIMEOUT).until(() -> seen.get().isEmpty());
    }
  }

  @Test
  void whatIsNotProvenIsRefusedInOneSentence() throws Exception {
    Pki other = new Pki(directory, "other");
    assertRefused(tls(other, client) + user(password), "TLS cannot be trusted");
    assertRefused(tls(pki, other.issue("stranger")) + user(password), "does not trust this side");
    assertRefused("tls.ca = \"" + pki.ca() + "\"\n" + user(password), "does not trust this side");
    assertRefused(tls(pki, client) + user(file("wrong", "another-password")), "user 'railfs'");
    assertRefused(tls(pki, client) + user(directory.resolve("none")), "does not exist");
    Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-r--r--"));
    assertRefused(tls(pki, client) + user(password), "chmod 600");
    assertThatThrownBy(
            () ->
                Registration.start(
                        settings(tls(pki, client) + user(password)), EtcdSecurityTest::member)
                    .close())
        .isInstanceOf(MembershipException.class)
        .hasMessageContaining("chmod 600");
  }

  @Test
  void anEtcdWhoseCertificateIsForAnotherNameIsNotAsked() throws Exception {
    etcd.close();
    etcd = EtcdServer.encrypted(pki, pki.issue("elsewhere", "IP:127.0.0.9,DNS:etcd", 30));
    assertRefused(tls(pki, client), "TLS cannot be trusted", "127.0.0.1");
  }

  @Test
  void renewedFilesAreReadAfterTheNextFailure() throws Exception {
    Pki old = new Pki(directory, "old");
    Pki.Identity withdrawn = old.issue("withdrawn");
    Path certificate = Files.copy(withdrawn.certificate(), directory.resolve("own.pem"));
    Path key = Files.copy(withdrawn.key(), directory.resolve("own.key"));
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    MembershipSettings settings =
        settings(tls(pki, new Pki.Identity(certificate, key)) + user(password));
    try (Registration registration = Registration.start(settings, EtcdSecurityTest::member)) {
      assertThat(registration).isNotNull();
      Files.copy(client.certificate(), certificate, StandardCopyOption.REPLACE_EXISTING);
      Files.copy(client.key(), key, StandardCopyOption.REPLACE_EXISTING);
      Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
      MembershipSettings right = settings(tls(pki, client) + user(password));
      await()
          .atMost(TIMEOUT)
          .ignoreExceptions()
          .until(() -> MemberWatch.once(right).equals(List.of(member())));
    }
  }
}
