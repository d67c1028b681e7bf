// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import static io.railfs.worker.ufs.UfsContract.random;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every kind of credentials, each from a place that gives it in its own words. */
@Timeout(value = 600, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class S3CredentialsTest {
  private static final String FILE = "/f";
  private static final String READ = "read 10";
  private static final String START_URL = "https://example.awsapps.com/start";

  @TempDir private Path home;

  private KeyServer server;
  private KeyPlaces places;
  private final Map<String, String> environment = new HashMap<>();
  private final Map<String, String> options = new HashMap<>();

  @BeforeEach
  void start() throws Exception {
    places = KeyPlaces.start();
    server = KeyServer.start();
    server.put("f", random(10));
    server.takes = places::isGood;
    Files.createDirectories(home.resolve(".aws/sso/cache"));
    environment.put("HOME", home.toString());
    // Where no key is found, nobody on this network is asked.
    environment.put("AWS_EC2_METADATA_DISABLED", "true");
    environment.put("AWS_ENDPOINT_URL_STS", places.url());
    environment.put("AWS_ENDPOINT_URL_SSO", places.url());
    options.put("endpoint", "http://127.0.0.1:" + server.port());
    options.put("region", "us-east-1");
  }

  @AfterEach
  void stop() {
    server.close();
    places.close();
  }

  private S3Reader reader() throws IOException {
    return S3Reader.start(List.of(), environment, options);
  }

  private void write(String file, String text) throws IOException {
    // As one step, as programs that rotate keys do.
    Path written = Files.writeString(home.resolve(file + ".new"), text);
    Files.move(written, home.resolve(file), StandardCopyOption.REPLACE_EXISTING);
  }

  private static String profile(String name, KeyPlaces.Keys keys) {
    return "[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\naws_session_token = %s\n"
        .formatted(name, keys.id(), keys.secret(), keys.token());
  }

  /** The key ids that the store has seen. */
  private Set<String> seen() {
    Set<String> ids = new TreeSet<>();
    for (Map<String, String> headers : server.headers) {
      ids.add(headers.get("authorization").replaceFirst(".*Credential=([^/]*)/.*", "$1"));
    }
    return ids;
  }

  @Test
  void staticKeysOfTheConf() throws Exception {
    KeyPlaces.Keys keys = places.keys("CONF");
    environment.put("AWS_ACCESS_KEY_ID", "AKIDOTHER");
    environment.put("AWS_SECRET_ACCESS_KEY", "other");
    options.put("access_key_id", keys.id());
    options.put("secret_access_key", keys.secret());
    options.put("session_token", keys.token());
    assertReads(keys.id());
  }

  @Test
  void keysOfTheEnvironment() throws Exception {
    KeyPlaces.Keys keys = places.keys("ENV");
    environment.put("AWS_ACCESS_KEY_ID", keys.id());
    environment.put("AWS_SECRET_ACCESS_KEY", keys.secret());
    environment.put("AWS_SESSION_TOKEN", keys.token());
    write(".aws/credentials", profile("default", places.keys("FILE")));
    assertReads(keys.id());
  }

  @Test
  void keysOfAProfileThatTheConfOrTheEnvironmentNames() throws Exception {
    KeyPlaces.Keys usual = places.keys("DEFAULT");
    KeyPlaces.Keys other = places.keys("OTHER");
    KeyPlaces.Keys named = places.keys("NAMED");
    write(
        ".aws/credentials",
        profile("default", usual) + profile("other", other) + profile("named", named));
    assertReads(usual.id());
    environment.put("AWS_PROFILE", "other");
    assertReads(other.id());
    options.put("profile", "named");
    environment.put("AWS_ACCESS_KEY_ID", "AKIDOTHER");
    environment.put("AWS_SECRET_ACCESS_KEY", "other");
    assertReads(named.id());
  }

  private void assertReads(String id) throws IOException {
    server.headers.clear();
    try (S3Reader reader = reader()) {
      assertThat(reader.opening()).isEqualTo("open");
      assertThat(reader.read(FILE)).isEqualTo(READ);
    }
    assertThat(seen()).containsExactly(id);
  }

  /** The kinds whose keys end and are replaced. */
  enum Renewed {
    PROCESS("PROC"),
    WEB_IDENTITY("WEB"),
    WEB_IDENTITY_OF_A_PROFILE("WEB"),
    CONTAINER("BOX"),
    INSTANCE("NODE"),
    ROLE_OF_A_PROFILE("ROLE"),
    ROLE_OF_THE_CONF("ROLE"),
    SIGN_ON("SIGN"),
    SIGN_ON_OF_A_SESSION("SIGN");

    private final String kind;

    Renewed(String kind) {
      this.kind = kind;
    }
  }

  private void arrange(Renewed renewed) throws Exception {
    switch (renewed) {
      case PROCESS -> {
        Path script = home.resolve("keys.sh");
        Files.writeString(script, "cat " + home.resolve("keys.json") + "\n");
        write(".aws/config", "[default]\ncredential_process = /bin/sh " + script + "\n");
        processGives(places.keys("PROC"));
      }
      case WEB_IDENTITY -> {
        write("token", KeyPlaces.WEB_TOKEN);
        environment.put("AWS_WEB_IDENTITY_TOKEN_FILE", home.resolve("token").toString());
        environment.put("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/reader");
      }
      case WEB_IDENTITY_OF_A_PROFILE -> {
        write("token", KeyPlaces.WEB_TOKEN);
        write(
            ".aws/config",
            "[default]\nregion = us-east-1\nrole_arn = arn:aws:iam::123456789012:role/reader\n"
                + "web_identity_token_file = "
                + home.resolve("token")
                + "\n");
      }
      case CONTAINER -> {
        environment.put("AWS_CONTAINER_CREDENTIALS_FULL_URI", places.url() + "/container");
        environment.put("AWS_CONTAINER_AUTHORIZATION_TOKEN", KeyPlaces.CONTAINER_TOKEN);
        // It has no keys, so it has no say.
        write(".aws/config", "[default]\nregion = eu-west-1\n");
      }
      case INSTANCE -> {
        environment.remove("AWS_EC2_METADATA_DISABLED");
        environment.put("AWS_EC2_METADATA_SERVICE_ENDPOINT", places.url());
      }
      case ROLE_OF_A_PROFILE -> {
        write(
            ".aws/config",
            """
            [profile base]
            aws_access_key_id = AKIDBASE
            aws_secret_access_key = base
            [profile role]
            region = us-east-1
            source_profile = base
            role_arn = arn:aws:iam::123456789012:role/reader
            """);
        options.put("profile", "role");
      }
      case ROLE_OF_THE_CONF -> {
        options.put("access_key_id", "AKIDBASE");
        options.put("secret_access_key", "base");
        options.put("role_arn", "arn:aws:iam::123456789012:role/reader");
        options.put("external_id", "for-us");
      }
      case SIGN_ON -> {
        write(
            ".aws/config",
            "[default]\nsso_account_id = 123456789012\nsso_role_name = reader\n"
                + "sso_region = us-east-1\nsso_start_url = "
                + START_URL
                + "\n");
        signOn(START_URL, Instant.now().plusSeconds(3_600));
      }
      case SIGN_ON_OF_A_SESSION -> {
        write(
            ".aws/config",
            "[default]\nsso_session = ours\nsso_account_id = 123456789012\n"
                + "sso_role_name = reader\n[sso-session ours]\nsso_region = us-east-1\n"
                + "sso_start_url = "
                + START_URL
                + "\nsso_registration_scopes = sso:account:access\n");
        signOn("ours", Instant.now().plusSeconds(3_600));
      }
    }
  }

  private void processGives(KeyPlaces.Keys keys) throws IOException {
    write(
        "keys.json",
        """
        {"Version": 1, "AccessKeyId": "%s", "SecretAccessKey": "%s", "SessionToken": "%s",
         "Expiration": "%s"}
        """
            .formatted(keys.id(), keys.secret(), keys.token(), keys.end()));
  }

  /** What the program that signs on leaves in the home. */
  private void signOn(String name, Instant end) throws Exception {
    byte[] digest = MessageDigest.getInstance("SHA-1").digest(name.getBytes(UTF_8));
    write(
        ".aws/sso/cache/%040x.json".formatted(new BigInteger(1, digest)),
        """
        {"startUrl": "%s", "region": "us-east-1", "accessToken": "%s", "expiresAt": "%s",
         "refreshToken": "again", "clientId": "client", "clientSecret": "hush",
         "registrationExpiresAt": "2099-01-01T00:00:00Z"}
        """
            .formatted(START_URL, places.signOn, end.truncatedTo(ChronoUnit.SECONDS)));
  }

  @ParameterizedTest
  @EnumSource(Renewed.class)
  void keysThatEndAreReplacedWithoutAnError(Renewed renewed) throws Exception {
    places.life = Duration.ofSeconds(12);
    arrange(renewed);
    try (S3Reader reader = reader()) {
      assertThat(reader.opening()).isEqualTo("open");
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
      long renew = System.nanoTime();
      while (seen().size() < 3 && System.nanoTime() < end) {
        if (renewed == Renewed.PROCESS && System.nanoTime() > renew) {
          processGives(places.keys("PROC"));
          renew += TimeUnit.SECONDS.toNanos(3);
        }
        assertThat(reader.read(FILE)).isEqualTo(READ);
        TimeUnit.MILLISECONDS.sleep(20);
      }
    }
    assertThat(seen()).hasSizeGreaterThanOrEqualTo(3);
    assertThat(seen()).allMatch(id -> id.startsWith("ASIA" + renewed.kind));
    if (renewed == Renewed.ROLE_OF_THE_CONF) {
      assertThat(places.asked).allMatch(each -> each.contains("ExternalId=for-us"));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Renewed.class,
      names = {"WEB_IDENTITY", "CONTAINER", "INSTANCE", "ROLE_OF_THE_CONF", "SIGN_ON"})
  void aPlaceThatFailsForAWhileIsNotNoticedWhileItsKeysAreGood(Renewed renewed) throws Exception {
    places.life = Duration.ofSeconds(50);
    arrange(renewed);
    try (S3Reader reader = reader()) {
      assertThat(reader.opening()).isEqualTo("open");
      places.status = 503;
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(8);
      while (System.nanoTime() < end) {
        assertThat(reader.read(FILE)).isEqualTo(READ);
        TimeUnit.MILLISECONDS.sleep(50);
      }
    }
  }

  @Test
  void aSignOnThatIsOverIsToldAndOneDoneAnewCountsWithoutARestart() throws Exception {
    places.life = Duration.ofSeconds(8);
    arrange(Renewed.SIGN_ON);
    try (S3Reader reader = reader()) {
      assertThat(reader.opening()).isEqualTo("open");
      places.signOn = "signed-on-again";
      String answer = READ;
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (answer.equals(READ) && System.nanoTime() < end) {
        answer = reader.read(FILE);
      }
      assertThat(answer)
          .contains("may not be read", "ExpiredToken", "no other credentials", "401")
          .doesNotContain("\n");
      signOn(START_URL, Instant.now().plusSeconds(3_600));
      end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (!answer.equals(READ) && System.nanoTime() < end) {
        answer = reader.read(FILE);
      }
      assertThat(answer).isEqualTo(READ);
    }
  }

  @Test
  void aFileThatIsRewrittenIsTakenUpAlsoWhereItsOldKeysAreGoodNoMore() throws Exception {
    KeyPlaces.Keys old = places.keys("OLD");
    write(".aws/credentials", profile("default", old));
    try (S3Reader reader = reader()) {
      assertThat(reader.opening()).isEqualTo("open");
      assertThat(reader.read(FILE)).isEqualTo(READ);
      KeyPlaces.Keys fresh = places.keys("FRESH");
      server.takes = (id, token) -> id.equals(fresh.id()) && places.isGood(id, token);
      write(".aws/credentials", profile("default", fresh));
      for (int i = 0; i < 20; i++) {
        assertThat(reader.read(FILE)).isEqualTo(READ);
      }
    }
  }

  @Test
  void aProfileThatCannotBeUsedIsNotReplacedByTheKeysOfTheContainer() throws Exception {
    arrange(Renewed.CONTAINER);
    write(".aws/credentials", "[default]\naws_access_key_id = AKIDHALF\n");
    try (S3Reader reader = reader()) {
      assertThat(reader.opening())
          .contains("there are no credentials for it", "aws_secret_access_key")
          .doesNotContain("\n");
    }
    assertThat(places.asked).isEmpty();
  }

  @Test
  void whyAPlaceGivesNoKeysIsToldInASentenceWithoutWhatItSaid() throws Exception {
    write(
        ".aws/config",
        """
        [profile fails]
        credential_process = echo hush-1 >&2; exit 3
        [profile babbles]
        credential_process = echo hush-2
        """);
    options.put("profile", "fails");
    assertOpeningTells("exit value (3)");
    options.put("profile", "babbles");
    assertOpeningTells("not JSON");
    options.put("profile", "missing");
    assertOpeningTells("missing");
    options.remove("profile");
    arrange(Renewed.WEB_IDENTITY);
    write("token", "hush-3");
    assertOpeningTells("403 AccessDenied");
    environment.put("AWS_WEB_IDENTITY_TOKEN_FILE", "/no/such/token");
    assertOpeningTells("/no/such/token");
  }

  private void assertOpeningTells(String reason) throws IOException {
    try (S3Reader reader = reader()) {
      assertThat(reader.opening())
          .contains("the UFS s3://dataset cannot be used: there are no credentials for it")
          .contains(reason)
          .doesNotContain("hush")
          .doesNotContain("\n");
    }
  }

  @Test
  void aTokenServiceThatIsDownDoesNotStopTheStart() throws Exception {
    arrange(Renewed.WEB_IDENTITY);
    places.status = 503;
    try (S3Reader reader = reader()) {
      assertThat(reader.opening()).isEqualTo("open");
      assertThat(reader.read(FILE)).contains("does not answer: no credentials", "503");
      places.status = 0;
      String answer = "";
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (!answer.equals(READ) && System.nanoTime() < end) {
        answer = reader.read(FILE);
      }
      assertThat(answer).isEqualTo(READ);
    }
  }

  @Test
  void halfOfTheKeysOfTheEnvironmentAreRefused() {
    assertThatThrownBy(
            () -> S3Options.of(Map.of("region", "r"), Map.of("AWS_ACCESS_KEY_ID", "AKID")))
        .isInstanceOf(ObjectException.class)
        .hasMessageContaining("AWS_SECRET_ACCESS_KEY");
  }
}
