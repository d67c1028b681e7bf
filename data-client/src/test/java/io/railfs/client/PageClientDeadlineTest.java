// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import static io.railfs.protocol.Chunks.SIZE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.railfs.client.ClusterException.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class PageClientDeadlineTest extends ClusterTestBase {
  /** Far below what else could end a fetch, and more than a busy machine delays a thread. */
  private static final long LATE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final FakeWorker worker = worker("w1");

  static List<Fault> faults() {
    return List.of(
        new Fault.Never(),
        new Fault.StopAfter(SIZE + 1),
        new Fault.CloseAfter(10),
        new Fault.Flip(10),
        new Fault.Refuse(io.railfs.protocol.messages.ErrorCode.BUSY));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void fetchThatNeverSucceedsFailsAtItsDeadline(Fault fault) throws Exception {
    worker.script = (request, number) -> fault;
    Cluster cluster = connect(BRIEF_ATTEMPTS, worker);
    FetchRequest request = request(PATH, 0, 4 * SIZE, 1_000);
    RecordingSink sink = new RecordingSink(4 * SIZE);
    cluster.pages().fetch(request, sink);
    ClusterException cause = failure(sink);
    assertThat(cause.failure()).isEqualTo(Failure.DEADLINE);
    assertThat(cause).hasMessageContaining(PATH).hasMessageContaining(" worker 127.0.0.1:");
    assertThat(sink.endNanos - request.deadlineNanos()).isBetween(0L, LATE_NANOS);
    assertThat(cluster.stats().bytesInFlight()).isZero();
  }

  @Test
  void shortDeadlineEndsAFetchBeforeTheAttemptTimeout() throws Exception {
    worker.script = (request, number) -> new Fault.Never();
    Cluster cluster = connect("", worker);
    FetchRequest request = request(PATH, 0, SIZE, 150);
    RecordingSink sink = new RecordingSink(SIZE);
    cluster.pages().fetch(request, sink);
    assertFails(sink, Failure.DEADLINE);
    assertThat(sink.endNanos - request.deadlineNanos()).isBetween(0L, LATE_NANOS);
  }

  @Test
  void lateAnswerNeverReachesTheSinkAndTheConnectionServesOn() throws Exception {
    CompletableFuture<Void> gate = new CompletableFuture<>();
    worker.script = (request, number) -> number == 0 ? new Fault.Held(gate) : new Fault.None();
    Cluster cluster = connect("railfs.client.data.connections = 1", worker);
    RecordingSink late = fetch(cluster, 0, 4 * SIZE, 2_000);
    assertFails(late, Failure.DEADLINE);
    assertThat(worker.reads).hasSize(1);
    gate.complete(null);
    await().until(() -> worker.outstanding.get() == 0);
    RecordingSink next = fetch(cluster, 0, 4 * SIZE, AMPLE);
    awaitEnd(next);
    next.assertHolds(PATH, 0);
    assertThat(late.breaches).isEmpty();
    assertThat(late.bytes).containsOnly(0);
    assertThat(cluster.stats().workers().get(0).bytesReceived()).isEqualTo(4 * SIZE);
  }

  @Test
  void slowAnswerThatKeepsComingIsNotCut() throws Exception {
    worker.script = (request, number) -> new Fault.Trickle(200);
    // Longer than the attempt's time in all, and with pauses that a busy machine does not stretch
    // to it.
    Cluster cluster =
        connect("railfs.client { attempt-timeout = 3s, data.connections = 1 }", worker);
    RecordingSink sink = fetch(cluster, 0, 20 * SIZE, AMPLE);
    awaitEnd(sink);
    sink.assertHolds(PATH, 0);
    assertThat(worker.reads).hasSize(1);
  }

  @Test
  void workerThatIsSlowWithOneReadKeepsItsConnections() throws Exception {
    worker.script = (request, number) -> number == 0 ? new Fault.Late(6_000) : new Fault.None();
    // A quarter of the attempt's time is what the worker has to prove that it is there.
    Cluster cluster =
        connect("railfs.client { attempt-timeout = 4s, data.connections = 1 }", worker);
    RecordingSink slow = fetch(cluster, 0, SIZE, AMPLE);
    awaitEnd(slow);
    slow.assertHolds(PATH, 0);
    assertThat(worker.connections).hasValue(2);
  }

  @Test
  void bytesInFlightStayBelowTheLimitAndEveryFetchGetsItsTurn() throws Exception {
    CompletableFuture<Void> gate = new CompletableFuture<>();
    worker.script = (request, number) -> gate.isDone() ? new Fault.Late(2) : new Fault.Held(gate);
    Cluster cluster = connect("railfs.client.data.in-flight-limit = 1MiB", worker);
    List<RecordingSink> sinks = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      sinks.add(fetch(cluster, i * (256L << 10), 256 << 10, AMPLE));
    }
    assertThat(cluster.pages().hasRoomForPrefetch()).isFalse();
    gate.complete(null);
    for (int i = 0; i < sinks.size(); i++) {
      awaitEnd(sinks.get(i));
      sinks.get(i).assertHolds(PATH, i * (256L << 10));
    }
    assertThat(worker.maxOutstanding).hasValueLessThanOrEqualTo(1 << 20);
    assertThat(cluster.pages().hasRoomForPrefetch()).isTrue();
  }

  @Test
  void fetchThatWaitsInLineFailsAtItsDeadline() throws Exception {
    worker.script = (request, number) -> new Fault.Never();
    Cluster cluster = connect("railfs.client.data.in-flight-limit = 1MiB", worker);
    RecordingSink first = fetch(cluster, 0, 1 << 20, AMPLE);
    FetchRequest waiting = request(PATH, 0, SIZE, 300);
    RecordingSink second = new RecordingSink(SIZE);
    cluster.pages().fetch(waiting, second);
    ClusterException cause = failure(second);
    assertThat(cause.failure()).isEqualTo(Failure.DEADLINE);
    assertThat(cause).hasMessageContaining("too many other bytes were in flight");
    assertThat(second.endNanos - waiting.deadlineNanos()).isBetween(0L, LATE_NANOS);
    assertThat(first.end).isNotDone();
  }

  @Test
  void closeFailsWhatIsUnderWayInLineAndBetweenAttempts() throws Exception {
    worker.script =
        (request, number) ->
            request.getOffset() == 0
                ? new Fault.Never()
                : new Fault.Refuse(io.railfs.protocol.messages.ErrorCode.BUSY);
    Cluster cluster = connect("railfs.client.data.in-flight-limit = 1MiB", worker);
    List<RecordingSink> sinks = new ArrayList<>();
    sinks.add(fetch(cluster, 0, 512 << 10, AMPLE));
    sinks.add(fetch(cluster, 512 << 10, 512 << 10, AMPLE));
    sinks.add(fetch(cluster, 0, 512 << 10, AMPLE));
    await().until(() -> worker.reads.size() > 4);
    long before = System.nanoTime();
    cluster.close();
    sinks.forEach(sink -> assertFails(sink, Failure.CLOSED));
    assertThat(System.nanoTime() - before).isLessThan(TimeUnit.SECONDS.toNanos(15));
    assertFails(fetch(cluster, 0, SIZE, AMPLE), Failure.CLOSED);
  }
}
