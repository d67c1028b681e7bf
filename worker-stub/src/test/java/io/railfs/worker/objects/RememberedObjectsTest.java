// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.typesafe.config.ConfigFactory;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.ListReply;
import io.railfs.protocol.messages.ListRequest;
import io.railfs.worker.TestClient;
import io.railfs.worker.Worker;
import io.railfs.worker.WorkerSettings;
import io.railfs.worker.listings.ListingReader;
import io.railfs.worker.listings.RememberedListings;
import io.railfs.worker.tasks.TaskPool;
import io.railfs.worker.ufs.UfsException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Listings of an S3 store, which nobody says of changes. */
@Timeout(120)
final class RememberedObjectsTest {
  private static final int KEYS = 2_500;
  private static final int PAGES = 3;
  private static final long HOUR = TimeUnit.HOURS.toMillis(1);
  private static final Duration SOON = Duration.ofSeconds(20);

  private static KeyServer server() throws Exception {
    KeyServer server = KeyServer.start();
    for (int i = 0; i < KEYS; i++) {
      server.put("d/key-" + i, new byte[0]);
    }
    return server;
  }

  private static ListingReader ask(RememberedListings listings, long maxAge) throws Exception {
    return new ListingReader(listings.open(RailPath.of("/d"), Optional.empty(), maxAge, 0));
  }

  /** So many ask at a time; what each of them got. */
  private static List<Future<Set<String>>> askAll(RememberedListings listings, int askers)
      throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(askers);
    List<Future<Set<String>>> answers = new ArrayList<>();
    for (int i = 0; i < askers; i++) {
      ListingReader reader = ask(listings, HOUR);
      answers.add(threads.submit(reader::readAll));
    }
    threads.shutdown();
    return answers;
  }

  @Test
  void manyAskersCostTheStoreOneListing() throws Exception {
    try (KeyServer server = server();
        TaskPool pool = new TaskPool("test-meta", 4, 100);
        ObjectUfs ufs = server.open(KeyServer.LIMITS, 20_000);
        RememberedListings listings = new RememberedListings(ufs, pool, 8 << 20)) {
      server.delayMillis = 100;
      for (Future<Set<String>> answer : askAll(listings, 24)) {
        assertThat(answer.get()).hasSize(KEYS);
      }
      assertThat(ask(listings, HOUR).readAll()).hasSize(KEYS);
      assertThat(server.count("LIST d/")).isEqualTo(PAGES);
    }
  }

  @Test
  void aListingThatFailsFailsItsFollowersOnceAndIsNotRemembered() throws Exception {
    try (KeyServer server = server();
        TaskPool pool = new TaskPool("test-meta", 4, 100);
        ObjectUfs ufs = server.open(KeyServer.LIMITS, 20_000);
        RememberedListings listings = new RememberedListings(ufs, pool, 8 << 20)) {
      server.status = 403;
      server.failing = "LIST";
      server.failures.set(1);
      server.hanging = true;
      List<Future<Set<String>>> answers = askAll(listings, 8);
      server.hanging = false;
      for (Future<Set<String>> answer : answers) {
        assertThat(answer)
            .failsWithin(SOON)
            .withThrowableThat()
            .withCauseInstanceOf(UfsException.class)
            .withMessageContaining("may not be read");
      }
      assertThat(listings.counts().remembered()).isZero();
      assertThat(listings.counts().bytes()).isZero();
      assertThat(server.count("LIST")).isEqualTo(1);
      assertThat(ask(listings, HOUR).readAll()).hasSize(KEYS);
    }
  }

  @Test
  void aListingThatHangsKeepsNobodyWhoAsksLater() throws Exception {
    try (KeyServer server = server();
        TaskPool pool = new TaskPool("test-meta", 4, 100);
        ObjectUfs ufs = server.open(new ObjectLimits(60_000, 256 << 10, 4, 16, 0, 0), 100_000);
        RememberedListings listings = new RememberedListings(ufs, pool, 8 << 20)) {
      server.delayMillis = 15_000;
      Future<Set<String>> first = askAll(listings, 1).get(0);
      await().atMost(SOON).until(() -> listings.counts().read() == 1 && server.held() == 1);
      server.delayMillis = 0;
      TimeUnit.MILLISECONDS.sleep(5_500);
      assertThat(ask(listings, HOUR).readAll()).hasSize(KEYS);
      assertThat(listings.counts().read()).isEqualTo(2);
      assertThat(first).isNotDone();
      assertThat(first)
          .succeedsWithin(SOON)
          .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.collection(String.class))
          .hasSize(KEYS);
    }
  }

  @Test
  void aChangeOfARealServerIsSeenAtTheTimeOutAndAtOnceByWhoKnowsOfIt(@TempDir Path directory)
      throws Exception {
    try (S3Server server = S3Server.start(directory);
        TaskPool pool = new TaskPool("test-meta", 4, 100);
        ObjectUfs ufs =
            ObjectUfs.open(
                server.location("/", Map.of()), KeyServer.LIMITS, 20_000, KeyServer.health());
        RememberedListings listings = new RememberedListings(ufs, pool, 8 << 20)) {
      server.put("d/a", new byte[1]);
      for (Future<Set<String>> answer : askAll(listings, 8)) {
        assertThat(answer.get()).containsExactly("a");
      }
      assertThat(listings.counts().read()).isEqualTo(1);
      server.put("d/b", new byte[1]);
      long changed = System.nanoTime();
      assertThat(ask(listings, HOUR).readAll()).containsExactly("a");
      TimeUnit.MILLISECONDS.sleep(600);
      long since = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - changed);
      assertThat(
              new ListingReader(listings.open(RailPath.of("/d"), Optional.empty(), HOUR, since))
                  .readAll())
          .containsExactly("a", "b");
      server.put("d/c", new byte[1]);
      TimeUnit.MILLISECONDS.sleep(600);
      assertThat(ask(listings, HOUR).readAll()).containsExactly("a", "b");
      assertThat(ask(listings, 500).readAll()).containsExactly("a", "b", "c");
      assertThat(listings.counts().read()).isEqualTo(3);
    }
  }

  @Test
  void whoeverWaitsForAStoreThatHangsIsAnsweredInTimeAndLeavesNothingBehind(@TempDir Path directory)
      throws Exception {
    try (KeyServer server = server();
        Worker worker = Worker.start(settings(server, directory))) {
      ListRequest request =
          ListRequest.newBuilder()
              .setPath(ByteString.copyFromUtf8("/d"))
              .setMaxAgeMillis(HOUR)
              .build();
      server.hanging = true;
      List<TestClient> clients = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        TestClient client = TestClient.connect(worker.rpcPort());
        client.send(Opcode.LIST, request);
        clients.add(client);
      }
      // Of these two leave while they wait.
      clients.remove(0).close();
      clients.remove(0).close();
      for (TestClient client : clients) {
        assertThat(client.receive().error().getCode()).isEqualTo(ErrorCode.UFS_FAILED);
        client.close();
      }
      server.hanging = false;
      await()
          .atMost(SOON)
          .untilAsserted(
              () ->
                  assertThat(metrics(worker)).contains("\nrailfs_worker_listings_memory_bytes 0"));
      int names = 0;
      try (TestClient client = TestClient.connect(worker.rpcPort())) {
        client.send(Opcode.LIST, request);
        boolean more = true;
        while (more) {
          TestClient.Reply reply = client.receive();
          names += reply.parse(ListReply.parser()).getEntriesCount();
          more = reply.frame().header().hasMore();
        }
      }
      assertThat(names).isEqualTo(KEYS);
      assertThat(metrics(worker))
          .contains("railfs_worker_listings_requests_total{from=\"joined\"} 5")
          .contains("railfs_worker_listings_requests_total{from=\"ufs\"} 2");
    }
  }

  private static WorkerSettings settings(KeyServer server, Path directory) {
    return WorkerSettings.of(
        ConfigFactory.parseString(
                """
                railfs.worker {
                  ufs = "s3://dataset"
                  ufs-options {
                    endpoint = "http://127.0.0.1:%d", region = us-east-1
                    access_key_id = railfs, secret_access_key = "%s"
                  }
                  rpc.bind { port = 0, host = "127.0.0.1" }
                  data.bind { port = 0, host = "127.0.0.1" }
                  web.bind { port = 0, host = "127.0.0.1" }
                  rest.enabled = false
                  limits.request-timeout = 2s
                  drain-timeout = 0s
                  store { directories = ["%s"], capacity = 64MiB }
                }
                """
                    .formatted(server.port(), S3Server.SECRET, directory))
            .withFallback(ConfigFactory.load()));
  }

  private static String metrics(Worker worker) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + worker.webPort() + "/metrics"))
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }
}
