// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import static io.railfs.protocol.Chunks.SIZE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.railfs.client.ClusterException.Failure;
import io.railfs.protocol.messages.LocalOffer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Data connections are there when a fetch wants them, and at no other time. */
final class LinksWhenNeededTest extends ClusterTestBase {
  private static final String BRIEF_IDLENESS = "railfs.client.data.idle-timeout = 300ms\n";

  private static final int READERS = 32;

  @Test
  void whoReadsFromTwoOfSixWorkersHasConnectionsToTwoUntilTheyAreIdle() throws Exception {
    FakeWorker[] workers =
        IntStream.range(0, 6).mapToObj(i -> worker("w" + i)).toArray(FakeWorker[]::new);
    Cluster cluster = connect(BRIEF_IDLENESS, workers);
    awaitIdle(cluster, workers);
    for (int round = 0; round < 2; round++) {
      CompletableFuture<Void> gate = new CompletableFuture<>();
      int before = workers[2].reads.size() + workers[3].reads.size();
      List<RecordingSink> sinks = new ArrayList<>();
      List<Long> offsets = new ArrayList<>();
      for (int i = 2; i < 4; i++) {
        workers[i].script = (request, number) -> new Fault.Held(gate);
        offsets.add(ownedBy(cluster, i));
        sinks.add(fetch(cluster, offsets.get(offsets.size() - 1), SIZE, AMPLE));
      }
      await()
          .until(() -> workers[2].reads.size() + workers[3].reads.size() - before >= sinks.size());
      assertThat(IntStream.range(0, 6).map(i -> workers[i].openConnections()))
          .as("rpc everywhere, and data where it is read")
          .containsExactly(1, 1, 2, 2, 1, 1);
      assertThat(cluster.stats().workers())
          .extracting(worker -> worker.rails().get(0).state())
          .containsExactly(
              RailState.IDLE,
              RailState.IDLE,
              RailState.UP,
              RailState.UP,
              RailState.IDLE,
              RailState.IDLE);
      gate.complete(null);
      for (int i = 0; i < sinks.size(); i++) {
        awaitEnd(sinks.get(i));
        sinks.get(i).assertHolds(PATH, offsets.get(i));
      }
      awaitIdle(cluster, workers);
    }
    assertThat(cluster.stats().workers())
        .as("closed in peace")
        .allSatisfy(
            worker -> {
              assertThat(worker.connected()).isTrue();
              assertThat(worker.lastError()).isEmpty();
              assertThat(worker.facts().health()).isEqualTo(WorkerHealth.HEALTHY);
              assertThat(worker.retries()).isZero();
            });
  }

  @Test
  void aSecondConnectionIsOpenedUnderLoadAlone() throws Exception {
    FakeWorker worker = worker("w1");
    Cluster cluster = connect("", worker);
    for (int i = 0; i < 20; i++) {
      awaitEnd(fetch(cluster, 0, SIZE, AMPLE));
    }
    assertThat(worker.openConnections()).isEqualTo(2);
    CompletableFuture<Void> gate = new CompletableFuture<>();
    worker.script = (request, number) -> new Fault.Held(gate);
    List<RecordingSink> sinks = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      sinks.add(fetch(cluster, (long) i * FakeWorker.BLOCK_SIZE, FakeWorker.BLOCK_SIZE, AMPLE));
    }
    await().until(() -> worker.openConnections() == 3);
    gate.complete(null);
    for (RecordingSink sink : sinks) {
      awaitEnd(sink);
    }
  }

  @Test
  void readsJustAsConnectionsBecomeIdleAllSucceedWithoutARetry() throws Exception {
    FakeWorker worker = worker("w1");
    List<Cluster> clusters = new ArrayList<>();
    // So many that a thread may lose its processor at any place.
    ExecutorService readers = Executors.newFixedThreadPool(READERS);
    closing(readers::shutdownNow);
    List<Future<?>> ends = new ArrayList<>();
    for (int i = 0; i < READERS; i++) {
      Cluster cluster = connect("railfs.client.data.idle-timeout = 100ms", worker);
      clusters.add(cluster);
      ends.add(readers.submit(() -> readAsItBecomesIdle(cluster)));
    }
    for (Future<?> end : ends) {
      end.get(60, TimeUnit.SECONDS);
    }
    assertThat(clusters)
        .allSatisfy(cluster -> assertThat(cluster.stats().workers().get(0).retries()).isZero());
    assertThat(worker.connections.get())
        .as("they were closed meanwhile")
        .isGreaterThan(3 * READERS);
  }

  private static Void readAsItBecomesIdle(Cluster cluster) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(8);
    for (int i = 0; System.nanoTime() - end < 0; i++) {
      // From before the end of idleness to after the close that follows it a second later.
      TimeUnit.MILLISECONDS.sleep(i % 7 == 6 ? 1_095 + i % 11 : 95 + i % 11);
      awaitEnd(fetch(cluster, 0, SIZE, AMPLE));
    }
    return null;
  }

  @Test
  void aConnectionThatWasIdleTwiceStaysOpenForASecondAfterTheLastTime() throws Exception {
    FakeWorker worker = worker("w1");
    Cluster cluster = connect("railfs.client.data.idle-timeout = 100ms", worker);
    awaitEnd(fetch(cluster, 0, SIZE, AMPLE));
    await().pollInterval(Duration.ofMillis(5)).until(() -> railState(cluster) == RailState.IDLE);
    TimeUnit.MILLISECONDS.sleep(600);
    long again = System.nanoTime();
    awaitEnd(fetch(cluster, 0, SIZE, AMPLE));
    await().pollInterval(Duration.ofMillis(5)).until(() -> worker.openConnections() == 1);
    assertThat(System.nanoTime() - again).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(1_100));
  }

  @Test
  void aConnectionThatIsLostAfterItsTransportWasTriedInItsIdlenessIsOpenedAgain() throws Exception {
    FakeWorker worker = worker("w1");
    worker.local =
        LocalOffer.newBuilder()
            .setSocket(ByteString.copyFromUtf8("/nonexistent/railfs.socket"))
            .setToken(ByteString.copyFrom(new byte[32]))
            .build();
    Cluster cluster = connect(BRIEF_IDLENESS, worker);
    awaitEnd(fetch(cluster, 0, SIZE, AMPLE));
    // The socket is tried again before the second is over in which the idle connection is kept.
    await().pollInterval(Duration.ofMillis(5)).until(() -> worker.dataHellos.get() > 1);
    TimeUnit.MILLISECONDS.sleep(50);
    worker.script = (request, number) -> number == 1 ? new Fault.Never() : new Fault.None();
    RecordingSink sink = fetch(cluster, 0, SIZE, AMPLE);
    TimeUnit.MILLISECONDS.sleep(1_500);
    worker.closeConnections();
    awaitEnd(sink);
    sink.assertHolds(PATH, 0);
  }

  @Test
  void whoWaitsForADataServiceGetsItWhereItHasMoved() throws Exception {
    FakeWorker worker = worker("w1");
    Cluster cluster = connect("railfs.client.attempt-timeout = 100s", worker);
    try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      worker.namedDataPort = silent.getLocalPort();
      // When it says HELLO again, it has taken in the answer before.
      int hellos = worker.rpcHellos.get();
      await().until(() -> worker.rpcHellos.get() > hellos + 1);
      RecordingSink sink = fetch(cluster, 0, SIZE, AMPLE);
      silent.setSoTimeout(20_000);
      try (Socket unanswered = silent.accept()) {
        assertThat(unanswered.isConnected()).isTrue();
        worker.namedDataPort = 0;
        awaitEnd(sink);
      }
      sink.assertHolds(PATH, 0);
    }
    WorkerStats stats = cluster.stats().workers().get(0);
    assertThat(stats.retries()).isZero();
    assertThat(stats.facts().health()).isEqualTo(WorkerHealth.HEALTHY);
  }

  @Test
  void aWorkerThatDiedWhileItsConnectionsWereIdleIsGoneAroundAtOnce() throws Exception {
    FakeWorker one = worker("w1");
    FakeWorker two = worker("w2");
    Cluster cluster = connect(BRIEF_IDLENESS, one, two);
    awaitIdle(cluster, one, two);
    long offset = ownedBy(cluster, 0);
    one.close();
    long start = System.nanoTime();
    RecordingSink sink = fetch(cluster, offset, SIZE, AMPLE);
    awaitEnd(sink);
    sink.assertHolds(PATH, offset);
    assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(4));
    await().until(() -> !cluster.stats().workers().get(0).connected());
    await().until(() -> cluster.stats().workers().get(0).facts().health() == WorkerHealth.DOWN);
  }

  @Test
  void aWorkerThatHangsWhileItsConnectionsAreIdleCostsAQuarterOfAnAttemptOnce() throws Exception {
    FakeWorker one = worker("w1");
    FakeWorker two = worker("w2");
    Cluster cluster = connect(BRIEF_IDLENESS + "railfs.client.attempt-timeout = 8s", one, two);
    awaitIdle(cluster, one, two);
    long offset = ownedBy(cluster, 0);
    one.freeze();
    long start = System.nanoTime();
    RecordingSink sink = fetch(cluster, offset, SIZE, AMPLE);
    awaitEnd(sink);
    sink.assertHolds(PATH, offset);
    assertThat(System.nanoTime() - start).isLessThan(TimeUnit.MILLISECONDS.toNanos(6_500));
    long again = timeToFetch(cluster, offset);
    // Where the machine stood still meanwhile, the next one is quicker.
    for (int i = 0; i < 3 && again >= TimeUnit.MILLISECONDS.toNanos(1_900); i++) {
      again = timeToFetch(cluster, offset);
    }
    assertThat(again).isLessThan(TimeUnit.MILLISECONDS.toNanos(1_900));
    one.thaw();
    await().until(() -> cluster.stats().workers().get(0).facts().health() == WorkerHealth.HEALTHY);
  }

  private static long timeToFetch(Cluster cluster, long offset) throws Exception {
    long start = System.nanoTime();
    awaitEnd(fetch(cluster, offset, SIZE, AMPLE));
    return System.nanoTime() - start;
  }

  @Test
  void whoWaitsForAConnectionWaitsToItsDeadlineAndNoLonger() throws Exception {
    FakeWorker worker = worker("w1");
    Cluster cluster = connect(BRIEF_IDLENESS, worker);
    awaitIdle(cluster, worker);
    worker.freeze();
    long start = System.nanoTime();
    RecordingSink sink = fetch(cluster, 0, SIZE, 500);
    assertFails(sink, Failure.DEADLINE);
    assertThat(System.nanoTime() - start)
        .isBetween(TimeUnit.MILLISECONDS.toNanos(450), TimeUnit.MILLISECONDS.toNanos(4_000));
    worker.thaw();
    awaitEnd(fetch(cluster, 0, SIZE, AMPLE));
  }

  @Test
  void aDataServiceThatRefusesIsDownAndNotIdleAndIsUsedWhenItAnswersAgain() throws Exception {
    FakeWorker worker = worker("w1");
    Cluster cluster = connect(BRIEF_IDLENESS + "railfs.client.connect-timeout = 1s", worker);
    awaitIdle(cluster, worker);
    worker.closeDataService();
    assertThat(railState(cluster)).isEqualTo(RailState.IDLE);
    assertFails(fetch(cluster, 0, SIZE, 1_500), Failure.DEADLINE);
    WorkerStats stats = cluster.stats().workers().get(0);
    assertThat(stats.rails().get(0).state()).isEqualTo(RailState.DOWN);
    assertThat(stats.connected()).isFalse();
    assertThat(stats.lastError()).contains("data service").contains("connection refused");
    worker.openDataService();
    awaitEnd(fetch(cluster, 0, SIZE, AMPLE));
    assertThat(cluster.stats().workers().get(0).connected()).isTrue();
  }

  @Test
  void manyWorkersThatJoinAtOnceAreOneChangeOfThePlacement() throws Exception {
    FakeWorker[] workers =
        IntStream.range(0, 12).mapToObj(i -> worker("w" + i)).toArray(FakeWorker[]::new);
    Cluster cluster = connect("", workers);
    // The first one, and all that were there when the client was ready; on a busy machine one more.
    assertThat(cluster.stats().membership().placements()).isBetween(1, 4);
    for (int i = 0; i < workers.length; i++) {
      assertThat(ownedBy(cluster, i)).isNotNegative();
    }
  }

  /** Offset of a block that this worker is asked for first. */
  private static long ownedBy(Cluster cluster, int worker) {
    String id = cluster.stats().workers().get(worker).id();
    for (long block = 0; block < FILE_SIZE / FakeWorker.BLOCK_SIZE; block++) {
      long at = block;
      boolean owned =
          cluster.where(path(PATH), Content.version(FILE_SIZE)).stream()
              .anyMatch(
                  places ->
                      places.first() <= at
                          && at <= places.last()
                          && places.workers().get(0).id().equals(id));
      if (owned) {
        return block * FakeWorker.BLOCK_SIZE;
      }
    }
    throw new AssertionError(id + " owns no block");
  }

  private static void awaitIdle(Cluster cluster, FakeWorker... workers) {
    await()
        .untilAsserted(
            () -> {
              for (FakeWorker worker : workers) {
                assertThat(worker.openConnections()).isEqualTo(1);
              }
              assertThat(cluster.stats().workers())
                  .allSatisfy(
                      worker ->
                          assertThat(worker.rails().get(0).state()).isEqualTo(RailState.IDLE));
            });
  }
}
