// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.ErrorReply;
import io.railfs.protocol.messages.HelloReply;
import io.railfs.protocol.messages.HelloRequest;
import io.railfs.protocol.messages.StatRequest;
import io.railfs.protocol.messages.StatusReply;
import io.railfs.protocol.messages.StatusRequest;
import io.railfs.protocol.messages.UfsErrors;
import io.railfs.protocol.messages.UfsRequests;
import io.railfs.protocol.messages.UfsState;
import io.railfs.worker.TestClient;
import io.railfs.worker.TestSettings;
import io.railfs.worker.Worker;
import io.railfs.worker.ufs.UfsContract;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a worker says of a store that is well, that throttles, that is away and that is back. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
final class WatchedStoreTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final int FILE = 100_000;

  @TempDir Path directory;
  private final HttpClient http = HttpClient.newHttpClient();
  private KeyServer server;
  private Worker worker;

  @BeforeEach
  void startServer() throws Exception {
    server = KeyServer.start();
    server.put("f", UfsContract.random(FILE));
    server.put("d/g", UfsContract.random(10));
  }

  @AfterEach
  void stop() {
    if (worker != null) {
      worker.close();
    }
    server.close();
  }

  private void start(String more) throws Exception {
    Path local = Files.createDirectories(directory.resolve("local"));
    Files.writeString(local.resolve("file"), "content");
    String settings =
        """
        railfs.worker {
          ufs = "s3://dataset"
          ufs-options { endpoint = "http://127.0.0.1:%d", region = us-east-1, access_key_id = railfs,
            secret_access_key = %s }
          mounts { "/local" = { ufs = "file://%s" } }
          limits.request-timeout = 20s
          ufs-watch { down-interval = 500ms, idle-interval = 1s }
          %s
        }
        """
            .formatted(server.port(), S3Server.SECRET, local, more);
    worker = Worker.start(TestSettings.with(local, directory.resolve("store"), settings));
  }

  private void refuse(String method, int status, String code, int times) {
    server.failing = method;
    server.status = status;
    server.code = code;
    server.failures.set(times);
  }

  private UfsState state() {
    return state(worker.status());
  }

  private static UfsState state(StatusReply status) {
    return status.getUfsStatesList().stream()
        .filter(ufs -> ufs.getAt().equals("/"))
        .findFirst()
        .orElseThrow();
  }

  private static long requests(UfsState state, String operation) {
    return state.getRequestsList().stream()
        .filter(each -> each.getOperation().equals(operation))
        .mapToLong(UfsRequests::getCount)
        .sum();
  }

  private static long errors(UfsState state, String kind) {
    return state.getErrorsList().stream()
        .filter(each -> each.getKind().equals(kind))
        .mapToLong(UfsErrors::getCount)
        .sum();
  }

  private static long allErrors(UfsState state) {
    return state.getErrorsList().stream().mapToLong(UfsErrors::getCount).sum();
  }

  private String web(String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + worker.webPort() + path);
    return http.send(HttpRequest.newBuilder(uri).timeout(LONG).build(), BodyHandlers.ofString())
        .body();
  }

  @Test
  void requestsAndBytesAreCountedAndWhatDoesNotExistIsNoError() throws Exception {
    start("");
    assertThat(worker.warnings()).isEmpty();
    try (TestClient rpc = TestClient.connect(worker.rpcPort());
        TestClient data = TestClient.connect(worker.dataPort())) {
      FileVersion version = rpc.stat("/f").version();
      data.read("/f", version, 0, 16 << 10);
      assertThat(rpc.call(Opcode.STAT, statOf("/none")).error().getCode())
          .isEqualTo(ErrorCode.NOT_FOUND);
      await().atMost(LONG).until(() -> state().getReadBytes() == FILE);
    }
    UfsState state = state();
    assertThat(state.getUp()).isTrue();
    assertThat(state.getUri()).isEqualTo("s3://dataset");
    assertThat(requests(state, "stat")).isEqualTo(2);
    assertThat(requests(state, "read")).isPositive();
    assertThat(allErrors(state)).isZero();
    assertThat(state.getLastError()).isEmpty();
    assertThat(worker.status().getUfsStatesList())
        .extracting(UfsState::getAt)
        .containsExactlyInAnyOrder("/", "/local");
    assertThat(web("/metrics"))
        .contains("railfs_worker_ufs_up{ufs=\"/\",uri=\"s3://dataset\"} 1.0")
        .contains("railfs_worker_ufs_requests_total{operation=\"stat\",ufs=\"/\"} 2.0")
        .contains("railfs_worker_ufs_duration_seconds_count{operation=\"stat\",ufs=\"/\"} 2")
        .contains("railfs_worker_ufs_read_bytes_total{ufs=\"/\"} " + (double) FILE)
        .doesNotContain(S3Server.SECRET);
    assertThat(web("/status")).contains("\"state\":\"up\"").doesNotContain(S3Server.SECRET);
  }

  @Test
  void answersThatThrottleAreCountedThoughTheReaderSeesNothingOfThem() throws Exception {
    start("");
    refuse("HEAD", 503, "SlowDown", 2);
    try (TestClient rpc = TestClient.connect(worker.rpcPort())) {
      assertThat(rpc.stat("/f").size()).isEqualTo(FILE);
    }
    assertThat(state().getThrottled()).isEqualTo(2);
    assertThat(allErrors(state())).isZero();
    assertThat(web("/metrics")).contains("railfs_worker_ufs_throttled_total{ufs=\"/\"} 2.0");
  }

  @Test
  void oneObjectThatIsRefusedIsAnErrorAndDoesNotMakeTheStoreDown() throws Exception {
    start("");
    refuse("HEAD", 403, "AccessDenied", 1_000);
    try (TestClient rpc = TestClient.connect(worker.rpcPort())) {
      assertThat(rpc.call(Opcode.STAT, statOf("/f")).error().getCode())
          .isEqualTo(ErrorCode.ACCESS_DENIED);
    }
    assertThat(errors(state(), "denied")).isEqualTo(1);
    assertThat(state().getLastError()).startsWith("refuses the worker: it answers 403");
    // Looked at since: by the list of requests, as nobody else lists.
    long looks = server.count("LIST");
    await().atMost(LONG).until(() -> server.count("LIST") > looks + 1);
    assertThat(state().getUp()).isTrue();
  }

  @Test
  void aStoreThatIsAwayIsDownWithTheReasonAndUpAgainWithoutAReader() throws Exception {
    start("");
    int port = server.port();
    server.close();
    await().atMost(LONG).until(() -> !state().getUp());
    UfsState down = state();
    assertThat(down.getProblem())
        .isEqualTo("the UFS s3://dataset does not answer: connection refused");
    assertThat(down.getLastError()).isEqualTo("does not answer: connection refused");
    assertThat(down.getSinceNanos()).isPositive();
    assertThat(requests(down, "stat")).as("nobody has asked").isZero();
    assertThat(web("/metrics"))
        .contains("railfs_worker_ufs_up{ufs=\"/\",uri=\"s3://dataset\"} 0.0")
        .contains("railfs_worker_ufs_up{ufs=\"/local\"");
    assertThat(web("/status")).contains("the UFS s3://dataset does not answer: connection refused");
    assertThat(worker.status().getUfsStatesList())
        .filteredOn(ufs -> ufs.getAt().equals("/local"))
        .allMatch(UfsState::getUp);
    server = KeyServer.start(port);
    await().atMost(LONG).until(() -> state().getUp());
    assertThat(state().getProblem()).isEmpty();
    assertThat(state().getLastError()).isEqualTo("does not answer: connection refused");
  }

  @Test
  void aWorkerStartsWithoutItsStoreAndSaysSo() throws Exception {
    int port = server.port();
    server.close();
    String options = "ufs-options.endpoint = \"http://127.0.0.1:" + port + "\"";
    start(options);
    assertThat(worker.warnings())
        .containsExactly(
            "the UFS s3://dataset does not answer: connection refused; the worker serves what it"
                + " has stored, and the UFS when it is back");
    assertThat(state().getUp()).isFalse();
    server = KeyServer.start(port);
    await().atMost(LONG).until(() -> state().getUp());
  }

  @Test
  void credentialsThatEndMakeItDownWithTheStoresOwnWord() throws Exception {
    start("");
    server.status = 403;
    server.code = "InvalidAccessKeyId";
    server.failures.set(100_000);
    await().atMost(LONG).until(() -> !state().getUp());
    assertThat(state().getProblem())
        .isEqualTo("the UFS s3://dataset refuses the worker: it answers 403 InvalidAccessKeyId");
  }

  @Test
  void whoWaitsForASilentStoreHearsWhyBeforeItsPatienceEndsAndStatusIsAnswered() throws Exception {
    start("metadata-threads = 2");
    server.hanging = true;
    List<TestClient> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 4; i++) {
        TestClient client = TestClient.raw(worker.rpcPort());
        clients.add(client);
        HelloReply unused =
            client
                .call(
                    Opcode.HELLO,
                    HelloRequest.newBuilder()
                        .setClient("test")
                        .setAttemptTimeoutMillis(15_000)
                        .build())
                .parse(HelloReply.parser());
        client.send(Opcode.STAT, statOf("/f"));
      }
      long start = System.nanoTime();
      await().atMost(LONG).until(() -> server.busiest.get() >= 2);
      // All threads for names hang in the store.
      try (TestClient other = TestClient.connect(worker.rpcPort())) {
        StatusReply status =
            other
                .call(Opcode.STATUS, StatusRequest.getDefaultInstance())
                .parse(StatusReply.parser());
        assertThat(state(status).getUri()).isEqualTo("s3://dataset");
      }
      for (TestClient client : clients) {
        ErrorReply error = client.receive().error();
        assertThat(error.getCode()).isEqualTo(ErrorCode.UFS_FAILED);
        assertThat(error.getMessage())
            .startsWith("'/f': the UFS s3://dataset does not answer: ")
            .doesNotContain("\n");
        assertThat(error.getWaiting()).isTrue();
      }
      assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(19));
    } finally {
      server.hanging = false;
      for (TestClient client : clients) {
        client.close();
      }
    }
  }

  private static StatRequest statOf(String path) {
    return StatRequest.newBuilder().setPath(ByteString.copyFromUtf8(path)).build();
  }
}
