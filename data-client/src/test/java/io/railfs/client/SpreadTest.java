// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import static io.railfs.protocol.Chunks.SIZE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.railfs.protocol.messages.WorkerState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Which of several workers fetches go to, and when another is asked too. */
final class SpreadTest extends ClusterTestBase {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final int BLOCKS = (int) (FILE_SIZE / FakeWorker.BLOCK_SIZE);

  /** Later than a busy machine makes a fetch that nothing holds up. */
  private static final String HEDGES = "railfs.client.hedge { share = 5, after = 1s }";

  private final FakeWorker one = worker("w1");
  private final FakeWorker two = worker("w2");

  @Test
  void aDrainingWorkerGetsNoNewFetchesAndOneThatServesAgainDoes() throws Exception {
    Cluster cluster = connect("", one, two);
    one.state = WorkerState.DRAINING;
    await().atMost(TIMEOUT).until(() -> state(cluster) == WorkerState.DRAINING);
    int before = one.reads.size();
    readAll(cluster);
    assertThat(one.reads).hasSize(before);
    assertThat(cluster.where(path(PATH), Content.version(FILE_SIZE)))
        .containsExactly(
            new BlockLocations(0, BLOCKS - 1, List.of(cluster.stats().workers().get(1).facts())));
    one.state = WorkerState.SERVING;
    await().atMost(TIMEOUT).until(() -> state(cluster) == WorkerState.SERVING);
    readAll(cluster);
    assertThat(one.reads.size()).isGreaterThan(before);
  }

  @Test
  void aWorkerThatDrainsIsStillAskedWhereThereIsNoOther() throws Exception {
    one.state = WorkerState.DRAINING;
    Cluster cluster = connect("", one);
    readAll(cluster);
    assertThat(one.reads).hasSize(BLOCKS);
  }

  @Test
  void blocksFallToWorkersInProportionToTheirCapacity() throws Exception {
    one.capacity = 1L << 40;
    two.capacity = 7L << 40;
    Cluster cluster = connect("", one, two);
    readAll(cluster);
    // An eighth of 64 blocks: 8, give or take three standard deviations.
    assertThat(one.reads.size()).isBetween(1, 16);
  }

  @Test
  void aHotBlockIsReadFromAllItsReplicas() throws Exception {
    Cluster cluster = connect("railfs.client.replicas-of-paths = [\"/data = 2\"]", one, two);
    // No answer before all have been asked for, so that what is in flight decides.
    CompletableFuture<Void> gate = new CompletableFuture<>();
    one.script = (request, number) -> new Fault.Held(gate);
    two.script = one.script;
    List<RecordingSink> sinks = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      sinks.add(fetch(cluster, 0, SIZE, AMPLE));
    }
    gate.complete(null);
    for (RecordingSink sink : sinks) {
      awaitEnd(sink);
      sink.assertHolds(PATH, 0);
    }
    assertThat(one.reads.size()).isBetween(20, 180);
    assertThat(one.reads.size() + two.reads.size()).isGreaterThanOrEqualTo(200);
  }

  /** Asks for one chunk over and over while no answer comes. */
  private void fetchWhileAnswersAreHeld(Cluster cluster, int times, FakeWorker... workers)
      throws Exception {
    CompletableFuture<Void> gate = new CompletableFuture<>();
    for (FakeWorker worker : workers) {
      worker.script = (request, number) -> new Fault.Held(gate);
    }
    List<RecordingSink> sinks = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      sinks.add(fetch(cluster, 0, SIZE, AMPLE));
    }
    gate.complete(null);
    for (RecordingSink sink : sinks) {
      awaitEnd(sink);
      sink.assertHolds(PATH, 0);
    }
  }

  @Test
  void whatIsInFlightSplitsAHotBlockEvenlyAndNotByChance() throws Exception {
    Cluster cluster = connect("railfs.client.replicas-of-paths = [\"/data = 2\"]", one, two);
    fetchWhileAnswersAreHeld(cluster, 200, one, two);
    // Chance alone gives 100 give or take 7; the one with less to do gives one or the other in
    // turn.
    assertThat(one.reads.size()).isBetween(98, 102);
    assertThat(two.reads.size()).isBetween(98, 102);
  }

  @Test
  void ofMoreThanTwoReplicasAllAreUsed() throws Exception {
    FakeWorker three = worker("w3");
    Cluster cluster = connect("railfs.client.replicas-of-paths = [\"/data = 3\"]", one, two, three);
    fetchWhileAnswersAreHeld(cluster, 300, one, two, three);
    for (FakeWorker worker : List.of(one, two, three)) {
      assertThat(worker.reads.size()).isBetween(50, 150);
    }
  }

  @Test
  void withOneReplicaAHotBlockStaysAtItsOwner() throws Exception {
    Cluster cluster = connect("", one, two);
    for (int i = 0; i < 50; i++) {
      awaitEnd(fetch(cluster, 0, SIZE, AMPLE));
    }
    assertThat(Math.max(one.reads.size(), two.reads.size())).isEqualTo(50);
  }

  @Test
  void aSlowFetchIsAskedOfTheOtherWorkerTooAndTheFirstWins() throws Exception {
    Cluster cluster = connect(HEDGES, one, two);
    learn(cluster);
    long won = cluster.stats().hedgesWon();
    one.script = (request, number) -> new Fault.Late(15_000);
    long start = System.nanoTime();
    RecordingSink sink = fetch(cluster, ownedBy(cluster, 0), SIZE, AMPLE);
    awaitEnd(sink);
    assertThat(sink.breaches).isEmpty();
    assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(14));
    assertThat(cluster.stats().hedgesWon()).isEqualTo(won + 1);
    assertThat(cluster.stats().bytesInFlight()).isZero();
  }

  @Test
  void aHedgeThatFailsLeavesTheSlowFetchAlone() throws Exception {
    Cluster cluster = connect(HEDGES, one, two);
    learn(cluster);
    long hedges = cluster.stats().hedges();
    long won = cluster.stats().hedgesWon();
    one.script = (request, number) -> new Fault.Late(4_000);
    two.script = (request, number) -> new Fault.CloseAfter(100);
    long offset = ownedBy(cluster, 0);
    RecordingSink sink = fetch(cluster, offset, SIZE, AMPLE);
    awaitEnd(sink);
    sink.assertHolds(PATH, offset);
    assertThat(cluster.stats().hedges()).isEqualTo(hedges + 1);
    assertThat(cluster.stats().hedgesWon()).isEqualTo(won);
  }

  @Test
  void whereAllIsSlowFewFetchesAreAskedTwice() throws Exception {
    Cluster cluster = connect("railfs.client.hedge.share = 5", one, two);
    learn(cluster);
    long before = cluster.stats().hedges();
    one.script = (request, number) -> new Fault.Late(2_000);
    two.script = one.script;
    List<RecordingSink> sinks = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      sinks.add(fetch(cluster, (long) (i % BLOCKS) * FakeWorker.BLOCK_SIZE, SIZE, AMPLE));
    }
    for (RecordingSink sink : sinks) {
      awaitEnd(sink);
      assertThat(sink.breaches).isEmpty();
    }
    // What 400 fetches earn, and those before them, of which 20 can be saved.
    assertThat(cluster.stats().hedges() - before).isBetween(1L, 40L);
  }

  /** Fast fetches until the client knows how long they take. */
  private static void learn(Cluster cluster) throws Exception {
    for (int i = 0; i < 10; i++) {
      readAll(cluster);
    }
    TimeUnit.MILLISECONDS.sleep(2_500);
  }

  private static WorkerState state(Cluster cluster) {
    return cluster.stats().workers().get(0).facts().state();
  }

  /** Offset of a block whose owner is the worker at this place of the settings. */
  private static long ownedBy(Cluster cluster, int worker) {
    Endpoint endpoint = cluster.stats().workers().get(worker).endpoint();
    return cluster.where(path(PATH), Content.version(FILE_SIZE)).stream()
            .filter(place -> place.workers().get(0).endpoint().equals(endpoint))
            .findFirst()
            .orElseThrow()
            .first()
        * FakeWorker.BLOCK_SIZE;
  }

  private static void readAll(Cluster cluster) throws Exception {
    List<RecordingSink> sinks = new ArrayList<>();
    for (int i = 0; i < BLOCKS; i++) {
      sinks.add(fetch(cluster, (long) i * FakeWorker.BLOCK_SIZE, SIZE, AMPLE));
    }
    for (int i = 0; i < BLOCKS; i++) {
      awaitEnd(sinks.get(i));
      sinks.get(i).assertHolds(PATH, (long) i * FakeWorker.BLOCK_SIZE);
    }
  }
}
