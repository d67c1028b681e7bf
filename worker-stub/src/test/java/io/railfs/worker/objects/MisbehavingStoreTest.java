// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import static io.railfs.worker.ufs.UfsContract.list;
import static io.railfs.worker.ufs.UfsContract.path;
import static io.railfs.worker.ufs.UfsContract.random;
import static io.railfs.worker.ufs.UfsContract.refusal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.railfs.protocol.FileVersion;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.worker.ufs.Ufs;
import io.railfs.worker.ufs.UfsException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Answers of S3 servers, and of what stands before them, that are not as they should be. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class MisbehavingStoreTest {
  /** For what comes right in the end, however slow this machine is. */
  private static final long TIMEOUT = 30_000;

  /** For what is an error in the end. */
  private static final long SHORT = 2_000;

  private KeyServer server;

  @BeforeEach
  void start() throws Exception {
    server = KeyServer.start();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private ObjectUfs open() throws Exception {
    return server.open(KeyServer.LIMITS, TIMEOUT);
  }

  private ObjectUfs impatient() throws Exception {
    return server.open(KeyServer.LIMITS, SHORT);
  }

  private static byte[] read(Ufs ufs, String path, int length) throws UfsException {
    ByteBuffer target = ByteBuffer.allocateDirect(length);
    ufs.read(path(path), ufs.stat(path(path)).version(), 0, target);
    byte[] bytes = new byte[target.flip().remaining()];
    target.get(bytes);
    return bytes;
  }

  @Test
  void aReadAsksForItsRangesOnlyAndForNoHead() throws Exception {
    server.put("f", random(1 << 20));
    try (Ufs ufs = open()) {
      FileVersion version = ufs.stat(path("/f")).version();
      server.requests.clear();
      ufs.read(path("/f"), version, 0, ByteBuffer.allocate(1 << 20));
      assertThat(server.requests).hasSize(4).containsOnly("GET f");
    }
  }

  @Test
  void anObjectWhoseHeadHasNoLengthHasItsBytesAllTheSame() throws Exception {
    server.put("f", random(1 << 20));
    server.put("empty", new byte[0]);
    server.hidesLength = true;
    try (Ufs ufs = open()) {
      assertThat(ufs.stat(path("/f")).size()).isEqualTo(1 << 20);
      assertThat(ufs.stat(path("/empty")).size()).isZero();
      assertThat(read(ufs, "/f", 1 << 20)).isEqualTo(random(1 << 20));
    }
    try (Ufs ufs = impatient()) {
      server.failing = "GET";
      server.failures.set(1_000);
      assertThat(refusal(() -> ufs.stat(path("/f")))).isEqualTo(ErrorCode.UFS_FAILED);
    }
  }

  @Test
  void aServerThatSaysThereIsMoreAndGivesNoTokenIsListedWholeByMarkers() throws Exception {
    for (int i = 0; i < 2_500; i++) {
      server.put(String.format("d/f%04d", i), new byte[1]);
      server.put(String.format("d/g%02d/x%04d", i % 50, i), new byte[1]);
    }
    server.hidesToken = true;
    try (Ufs ufs = open()) {
      assertThat(list(ufs, "/d")).hasSize(2_550);
    }
  }

  @Test
  void pagesThatGoInACircleAreAnError() throws Exception {
    for (int i = 0; i < 2_500; i++) {
      server.put(String.format("d/f%04d", i), new byte[1]);
    }
    server.repeatsToken = true;
    try (Ufs ufs = open()) {
      assertThat(
              refusal(
                  () -> {
                    try (var listing = ufs.list(path("/d"))) {
                      while (listing.next() != null) {
                        // On to the error.
                      }
                    }
                  }))
          .isEqualTo(ErrorCode.UFS_FAILED);
    }
  }

  @Test
  void anAnswerThatIsNoListingIsTriedAgainAndNeverAnEmptyDirectory() throws Exception {
    server.put("d/f", new byte[1]);
    try (Ufs ufs = open();
        Ufs impatient = impatient()) {
      for (String body :
          new String[] {
            "<?xml version=\"1.0\"?><Error><Code>InternalError</Code></Error>",
            "<ListAllMyBucketsResult><Buckets><Bucket><Name>x</Name></Bucket></Buckets>"
                + "</ListAllMyBucketsResult>",
            "<html><body><p>Please log in</p></body></html>",
            "<!DOCTYPE html><html><body><br>Please log in</body></html>",
            "not even XML",
            ""
          }) {
        server.instead = body;
        server.insteadTimes.set(1);
        assertThat(list(ufs, "/d")).as("once: %s", body).hasSize(1);
        server.insteadTimes.set(1_000);
        assertThat(refusal(() -> impatient.list(path("/d")).close()))
            .as("for ever: %s", body)
            .isEqualTo(ErrorCode.UFS_FAILED);
        server.insteadTimes.set(0);
      }
    }
  }

  @Test
  void whatIsWrongForGoodIsRefusedAtTheStartWithStatusAndCode() {
    Map<String, Integer> answers =
        Map.of(
            "ExpiredToken", 400,
            "AuthorizationHeaderMalformed", 400,
            "PermanentRedirect", 301,
            "InvalidAccessKeyId", 403,
            "NoSuchBucket", 404,
            "NoSuchKey", 404);
    answers.forEach(
        (code, status) -> {
          server.status = status;
          server.code = code;
          server.failures.set(1_000);
          assertThatThrownBy(() -> open().close())
              .as(code)
              .isInstanceOf(UfsException.class)
              .hasMessageContaining("it answers " + status + " " + code)
              .hasMessageNotContaining("\n");
        });
  }

  @Test
  void aPolicyThatAllowsOnePrefixOnlyLetsItsDirectoriesBeRead() throws Exception {
    server.put("team/a.txt", random(10));
    server.put("team/sub/b.txt", random(20));
    server.listable = "team/";
    StoreLocation location =
        StoreLocation.of(
            "s3://dataset/team",
            Map.of(
                "endpoint",
                "http://127.0.0.1:" + server.port(),
                "region",
                "us-east-1",
                "access_key_id",
                "railfs",
                "secret_access_key",
                S3Server.SECRET));
    try (Ufs ufs = ObjectUfs.open(location, KeyServer.LIMITS, TIMEOUT, KeyServer.health())) {
      assertThat(ufs.stat(path("/sub")).isDirectory()).isTrue();
      assertThat(list(ufs, "/sub")).hasSize(1);
      assertThat(read(ufs, "/sub/b.txt", 20)).isEqualTo(random(20));
      assertThat(refusal(() -> ufs.stat(path("/no")))).isEqualTo(ErrorCode.NOT_FOUND);
      assertThat(refusal(() -> ufs.stat(path("/sub/no")))).isEqualTo(ErrorCode.NOT_FOUND);
    }
  }

  @Test
  void bodiesThatBreakOffAreReadAgain() throws Exception {
    server.put("f", random(1 << 20));
    try (Ufs ufs = open()) {
      server.cuts.set(3);
      assertThat(read(ufs, "/f", 1 << 20)).isEqualTo(random(1 << 20));
    }
    try (Ufs ufs = impatient()) {
      server.cuts.set(100_000);
      assertThat(refusal(() -> read(ufs, "/f", 1 << 20))).isEqualTo(ErrorCode.UFS_FAILED);
    }
  }

  @Test
  void bodiesOfAnotherLengthAreAnError() throws Exception {
    server.put("f", random(1 << 20));
    try (Ufs ufs = impatient()) {
      server.shortBy = 1;
      assertThat(refusal(() -> read(ufs, "/f", 1 << 20))).isEqualTo(ErrorCode.UFS_FAILED);
      server.shortBy = 0;
      server.ignoresRange = true;
      assertThat(refusal(() -> read(ufs, "/f", 1 << 20))).isEqualTo(ErrorCode.UFS_FAILED);
      assertThat(refusal(() -> read(ufs, "/f", 7))).isEqualTo(ErrorCode.UFS_FAILED);
      server.put("small", random(100));
      try (Ufs patient = open()) {
        assertThat(read(patient, "/small", 100))
            .as("the range is all of it")
            .isEqualTo(random(100));
      }
      server.ignoresRange = false;
      server.lies = true;
      assertThat(refusal(() -> read(ufs, "/small", 100))).isEqualTo(ErrorCode.UFS_FAILED);
    }
  }

  @Test
  void withoutEtagsTheTimeTellsVersionsApart() throws Exception {
    server.put("f", random(1_000));
    server.hidesEtag = true;
    try (Ufs ufs = open()) {
      assertThat(read(ufs, "/f", 1_000)).isEqualTo(random(1_000));
      FileVersion version = ufs.stat(path("/f")).version();
      FileVersion older = new FileVersion(1_000, version.mtimeNanos() - 1_000_000_000, "");
      assertThat(refusal(() -> ufs.read(path("/f"), older, 0, ByteBuffer.allocate(1_000))))
          .isEqualTo(ErrorCode.STALE);
    }
  }

  @Test
  void aStoreThatThrottlesIsAskedLessAndLess() throws Exception {
    server.put("f", random(1_000));
    try (Ufs ufs = open()) {
      server.status = 503;
      server.code = "SlowDown";
      server.failures.set(3);
      assertThat(read(ufs, "/f", 1_000)).isEqualTo(random(1_000));
    }
    try (Ufs ufs = server.open(KeyServer.LIMITS, 5_000)) {
      server.failures.set(100_000);
      assertThatThrownBy(() -> ufs.stat(path("/f"))).hasMessageContaining("503");
      // Pauses of 0.2 s at least, which double.
      assertThat(server.requests).hasSizeBetween(1, 8);
    }
  }

  @Test
  void aStoreThatDoesNotAnswerIsNamedAndOnceItIsSilentForLongReadersHearItAtOnce()
      throws Exception {
    int port = server.port();
    server.put("f", random(10));
    try (Ufs ufs = server.open(KeyServer.LIMITS, 4_000)) {
      server.close();
      assertThatThrownBy(() -> ufs.stat(path("/f")))
          .hasMessageContaining("the UFS s3://dataset does not answer: connection refused");
      // Without pauses and further tries once it has been silent for as long as a call may take.
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () -> {
                long start = System.nanoTime();
                assertThat(refusal(() -> ufs.stat(path("/f")))).isEqualTo(ErrorCode.UFS_FAILED);
                assertThat(System.nanoTime() - start)
                    .isLessThan(TimeUnit.MILLISECONDS.toNanos(1_000));
              });
      try (KeyServer back = KeyServer.start(port)) {
        back.put("f", random(10));
        await()
            .atMost(Duration.ofSeconds(60))
            .ignoreExceptions()
            .untilAsserted(() -> assertThat(read(ufs, "/f", 10)).isEqualTo(random(10)));
      }
    }
  }

  @Test
  void keysOfAFileThatIsRewrittenAreUsedWithoutAnError(@TempDir Path directory) throws Exception {
    server.put("f", random(10));
    Path file = directory.resolve("credentials");
    write(file, "AKIDOLD");
    server.keyId = "AKIDOLD";
    System.setProperty("aws.sharedCredentialsFile", file.toString());
    try {
      StoreLocation location =
          StoreLocation.of(
              "s3://dataset",
              Map.of("endpoint", "http://127.0.0.1:" + server.port(), "region", "us-east-1"));
      S3Store store = new S3Store(location, KeyServer.LIMITS, TIMEOUT, Map.of());
      try (Ufs ufs = ObjectUfs.open(location, TIMEOUT, store, KeyServer.health())) {
        assertThat(read(ufs, "/f", 10)).isEqualTo(random(10));
        write(file, "AKIDNEW");
        server.keyId = "AKIDNEW";
        assertThat(read(ufs, "/f", 10)).isEqualTo(random(10));
        write(file, "AKIDWRONG");
        server.keyId = "AKIDOTHER";
        assertThat(refusal(() -> read(ufs, "/f", 10))).isEqualTo(ErrorCode.ACCESS_DENIED);
      }
    } finally {
      System.clearProperty("aws.sharedCredentialsFile");
    }
  }

  private static void write(Path file, String id) throws Exception {
    Files.writeString(
        file, "[default]\naws_access_key_id = " + id + "\naws_secret_access_key = sek\n");
  }

  @Test
  void keysOfOnePlaceAreNotMixedWithATokenOfAnother() throws Exception {
    server.put("f", random(10));
    server.keyId = "railfs";
    Map<String, String> environment =
        Map.of(
            "AWS_SESSION_TOKEN",
            "stale",
            "AWS_ACCESS_KEY_ID",
            "OTHER",
            "AWS_SECRET_ACCESS_KEY",
            "other");
    StoreLocation location = server.location(Map.of());
    S3Store store = new S3Store(location, KeyServer.LIMITS, TIMEOUT, environment);
    try (Ufs ufs = ObjectUfs.open(location, TIMEOUT, store, KeyServer.health())) {
      assertThat(read(ufs, "/f", 10)).isEqualTo(random(10));
      assertThat(server.tokens).isEmpty();
    }
    for (String lone : new String[] {"access_key_id", "session_token"}) {
      assertThatThrownBy(() -> S3Options.of(Map.of(lone, "x"), Map.of()))
          .isInstanceOf(ObjectException.class)
          .hasMessageContaining("access_key_id");
    }
  }

  @Test
  void aTokenOfTheEnvironmentGoesWithItsKeys() throws Exception {
    server.put("f", random(10));
    server.keyId = "OTHER";
    Map<String, String> environment =
        Map.of(
            "AWS_SESSION_TOKEN",
            "fresh",
            "AWS_ACCESS_KEY_ID",
            "OTHER",
            "AWS_SECRET_ACCESS_KEY",
            "other");
    StoreLocation location =
        StoreLocation.of(
            "s3://dataset",
            Map.of("endpoint", "http://127.0.0.1:" + server.port(), "region", "us-east-1"));
    S3Store store = new S3Store(location, KeyServer.LIMITS, TIMEOUT, environment);
    try (Ufs ufs = ObjectUfs.open(location, TIMEOUT, store, KeyServer.health())) {
      assertThat(read(ufs, "/f", 10)).isEqualTo(random(10));
      assertThat(server.tokens).isNotEmpty().containsOnly("fresh");
    }
  }
}
