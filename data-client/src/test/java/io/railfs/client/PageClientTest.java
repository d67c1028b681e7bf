// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import static io.railfs.protocol.Chunks.SIZE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.railfs.client.ClusterException.Failure;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.ReadRequest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PageClientTest extends ClusterTestBase {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final FakeWorker worker = worker("w1");

  @ParameterizedTest
  @ValueSource(ints = {SIZE, 2 * SIZE, 128 << 10, FakeWorker.BLOCK_SIZE})
  void fetchBringsTheBytesOfTheFile(int length) throws Exception {
    Cluster cluster = connect("", worker);
    long offset = 3L * FakeWorker.BLOCK_SIZE;
    RecordingSink sink = fetch(cluster, offset, length, AMPLE);
    awaitEnd(sink);
    sink.assertHolds(PATH, offset);
    assertThat(worker.reads).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, SIZE - 1, SIZE + 1, 3 * SIZE + 5})
  void payloadInPiecesThatMissTheChunkBoundariesIsVerified(int pieces) throws Exception {
    worker.script = (request, number) -> new Fault.Pieces(pieces);
    Cluster cluster = connect("", worker);
    int length = pieces == 1 ? SIZE + 3 : 5 * SIZE + 1;
    RecordingSink sink = new RecordingSink(length);
    FetchRequest request =
        new FetchRequest(path(PATH), Content.version(length), 0, length, in(AMPLE));
    cluster.pages().fetch(request, sink);
    awaitEnd(sink);
    sink.assertHolds(PATH, 0);
    assertThat(cluster.stats().workers().get(0).retries()).isZero();
  }

  /** The kernel reports a good part of a payload at once, but not only of that. */
  @Test
  void aPartOfAPayloadIsTakenThoughTheNextPartDoesNotCome() throws Exception {
    worker.script = (request, number) -> new Fault.StopAfter(6 * SIZE + 10);
    Cluster cluster = connect("railfs.client.attempt-timeout = 1m", worker);
    RecordingSink sink = fetch(cluster, 0, FakeWorker.BLOCK_SIZE, AMPLE);
    await().atMost(TIMEOUT).until(() -> sink.verifiedBytes.get() == 6 * SIZE);
    assertThat(worker.reads).hasSize(1);
  }

  /** Else whoever has waited for the bytes would find the connection busy with them. */
  @Test
  void whatHasComeIsNotInFlightWhenItIsHandedOver() throws Exception {
    Cluster cluster = connect("", worker);
    List<Long> inFlight = new CopyOnWriteArrayList<>();
    RecordingSink sink =
        new RecordingSink(SIZE) {
          @Override
          public void verified(int position, int length) {
            cluster
                .stats()
                .workers()
                .get(0)
                .rails()
                .forEach(rail -> inFlight.add(rail.bytesInFlight()));
            super.verified(position, length);
          }
        };
    FetchRequest request = new FetchRequest(path(PATH), Content.version(SIZE), 0, SIZE, in(AMPLE));
    cluster.pages().fetch(request, sink);
    awaitEnd(sink);
    assertThat(inFlight).containsExactly(0L);
  }

  @Test
  void retryAfterALostConnectionAsksOnlyForWhatIsMissing() throws Exception {
    worker.script =
        (request, number) -> number == 0 ? new Fault.CloseAfter(2 * SIZE + 10) : new Fault.None();
    Cluster cluster = connect("", worker);
    RecordingSink sink = fetch(cluster, 0, 8 * SIZE, AMPLE);
    awaitEnd(sink);
    sink.assertHolds(PATH, 0);
    assertThat(runs()).containsExactly(List.of(0L, 8L), List.of(2L, 6L));
    assertThat(cluster.stats().workers().get(0).retries()).isEqualTo(1);
  }

  @Test
  void onlyTheChunkWithAWrongChecksumIsAskedForAgainAndAsSuspect() throws Exception {
    worker.script =
        (request, number) -> number == 0 ? new Fault.Flip(3 * SIZE + 5) : new Fault.None();
    Cluster cluster = connect("", worker);
    RecordingSink sink = fetch(cluster, 0, 8 * SIZE, AMPLE);
    awaitEnd(sink);
    sink.assertHolds(PATH, 0);
    assertThat(runs()).containsExactly(List.of(0L, 8L), List.of(3L, 1L));
    assertThat(worker.reads).extracting(ReadRequest::getSuspect).containsExactly(false, true);
    assertThat(cluster.stats().workers().get(0).checksumFailures()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5 * SIZE + 1, 5 * SIZE - 1})
  void theChecksumOfAShortLastChunkCountsToo(int length) throws Exception {
    worker.script =
        (request, number) -> number == 0 ? new Fault.Flip(length - 1) : new Fault.None();
    Cluster cluster = connect("", worker);
    RecordingSink sink = new RecordingSink(length);
    FetchRequest request =
        new FetchRequest(path(PATH), Content.version(length), 0, length, in(AMPLE));
    cluster.pages().fetch(request, sink);
    awaitEnd(sink);
    sink.assertHolds(PATH, 0);
    assertThat(worker.reads).extracting(ReadRequest::getSuspect).containsExactly(false, true);
    assertThat(cluster.stats().workers().get(0).checksumFailures()).isEqualTo(1);
  }

  static List<Fault> breaches() {
    return List.of(
        new Fault.ExtraChecksum(),
        new Fault.ShortPayload(),
        new Fault.UnknownId(),
        new Fault.Garbage(),
        new Fault.CloseAfter(0));
  }

  @ParameterizedTest
  @MethodSource("breaches")
  void connectionThatBreaksTheProtocolIsReplacedAndTheFetchSucceeds(Fault fault) throws Exception {
    worker.script = (request, number) -> number < 3 ? fault : new Fault.None();
    Cluster cluster = connect("", worker);
    RecordingSink sink = fetch(cluster, 0, 4 * SIZE, AMPLE);
    awaitEnd(sink);
    sink.assertHolds(PATH, 0);
    assertThat(worker.reads).hasSize(4);
  }

  @ParameterizedTest
  @EnumSource(
      value = ErrorCode.class,
      names = {"BUSY", "WORKER_FAILED"})
  void refusalThatMayPassIsTriedAgain(ErrorCode code) throws Exception {
    worker.script = (request, number) -> number < 6 ? new Fault.Refuse(code) : new Fault.None();
    Cluster cluster = connect("", worker);
    RecordingSink sink = fetch(cluster, 0, SIZE, AMPLE);
    awaitEnd(sink);
    sink.assertHolds(PATH, 0);
  }

  @ParameterizedTest
  @CsvSource({
    "STALE, STALE",
    "NOT_FOUND, NOT_FOUND",
    "ACCESS_DENIED, ACCESS_DENIED",
    "NOT_A_FILE, NOT_A_FILE",
    "NOT_A_DIRECTORY, NOT_A_DIRECTORY",
    "INVALID_REQUEST, IO"
  })
  void refusalThatStaysIsToldAtOnce(ErrorCode code, Failure failure) throws Exception {
    worker.script = (request, number) -> new Fault.Refuse(code);
    RecordingSink sink = fetch(connect("", worker), 0, SIZE, AMPLE);
    ClusterException cause = failure(sink);
    assertThat(cause.failure()).isEqualTo(failure);
    assertThat(cause).hasMessageContaining(PATH).hasMessageContaining("127.0.0.1:");
    assertThat(worker.reads).hasSize(1);
  }

  @Test
  void failureOfTheUfsIsTriedAFewTimesOnly() throws Exception {
    worker.script = (request, number) -> new Fault.Refuse(ErrorCode.UFS_FAILED);
    assertFails(fetch(connect("", worker), 0, SIZE, AMPLE), Failure.IO);
    assertThat(worker.reads).hasSize(5);
  }

  @Test
  void fetchAcrossABlockBoundaryIsRefused() throws Exception {
    Cluster cluster = connect("", worker);
    FetchRequest request = request(PATH, FakeWorker.BLOCK_SIZE - SIZE, 2 * SIZE, 1_000);
    assertThatThrownBy(() -> cluster.pages().fetch(request, new RecordingSink(2 * SIZE)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("crosses a block");
  }

  @Test
  void statsCountWhatCame() throws Exception {
    Cluster cluster = connect("", worker);
    awaitEnd(fetch(cluster, 0, 4 * SIZE, AMPLE));
    WorkerStats stats = cluster.stats().workers().get(0);
    assertThat(stats.id()).isEqualTo("w1");
    assertThat(stats.connected()).isTrue();
    assertThat(stats.lastError()).isEmpty();
    assertThat(stats.bytesReceived()).isEqualTo(4 * SIZE);
    assertThat(stats.fetches()).isEqualTo(1);
    assertThat(stats.bytesInFlight()).isZero();
  }

  private List<List<Long>> runs() {
    return worker.reads.stream()
        .map(read -> List.of(read.getOffset() / SIZE, (long) read.getLength() / SIZE))
        .toList();
  }
}
