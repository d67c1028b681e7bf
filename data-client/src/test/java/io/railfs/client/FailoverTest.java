// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import static io.railfs.protocol.Chunks.SIZE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.railfs.protocol.Seed;
import io.railfs.protocol.messages.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class FailoverTest extends ClusterTestBase {
  private final FakeWorker one = worker("w1");
  private final FakeWorker two = worker("w2");

  @Test
  void blocksOfAFileSpreadOverTheWorkersAndStayWhereTheyAre() throws Exception {
    Cluster cluster = connect("", one, two);
    readAll(cluster, 64);
    assertThat(one.reads.size()).isBetween(12, 52);
    assertThat(two.reads.size()).isEqualTo(64 - one.reads.size());
    int before = one.reads.size();
    readAll(cluster, 64);
    assertThat(one.reads).hasSize(2 * before);
  }

  @Test
  void otherWorkerServesWhatAFrozenOneOwns() throws Exception {
    Cluster cluster = connect("railfs.client.attempt-timeout = 4s", one, two);
    readAll(cluster, 64);
    one.freeze();
    long before = System.nanoTime();
    readAll(cluster, 64);
    // One attempt timeout finds out; afterwards the frozen worker is not asked again.
    assertThat(System.nanoTime() - before).isLessThan(TimeUnit.MILLISECONDS.toNanos(7_800));
    await().until(() -> !cluster.stats().workers().get(0).connected());
    long again = timeToReadAll(cluster);
    // Where the machine stood still meanwhile, the next time is quicker.
    for (int i = 0; i < 3 && again >= TimeUnit.MILLISECONDS.toNanos(3_800); i++) {
      again = timeToReadAll(cluster);
    }
    assertThat(again).isLessThan(TimeUnit.MILLISECONDS.toNanos(3_800));
    one.thaw();
    await().until(() -> cluster.stats().workers().get(0).connected());
  }

  private static long timeToReadAll(Cluster cluster) throws Exception {
    long start = System.nanoTime();
    readAll(cluster, 64);
    return System.nanoTime() - start;
  }

  @Test
  void otherWorkerServesWhatADeadOneOwns() throws Exception {
    Cluster cluster = connect("", one, two);
    one.close();
    readAll(cluster, 64);
    await().until(() -> !cluster.stats().workers().get(0).connected());
    assertThat(cluster.stats().workers().get(0).lastError()).isNotEmpty();
  }

  @Test
  void workerThatComesBackOnOtherDataPortsIsUsedAgain() throws Exception {
    Cluster cluster = connect("", one);
    int port = one.rpcPort();
    one.close();
    FakeWorker again = closing(FakeWorker.restart("w1", port));
    RecordingSink sink = fetch(cluster, 0, SIZE, AMPLE);
    awaitEnd(sink);
    sink.assertHolds(PATH, 0);
    assertThat(again.reads).isNotEmpty();
  }

  @Test
  void tenThousandFetchesAtOnceSurviveRandomFaults() throws Exception {
    long seed = Seed.take();
    Map<FakeWorker, Random> randoms = Map.of(one, new Random(seed), two, new Random(seed + 1));
    randoms.forEach((worker, random) -> worker.script = (request, number) -> fault(random));
    // A lost connection takes every fetch on it along: with few on each, faults do not breed
    // faults.
    Cluster cluster =
        connect(
            "railfs.client { attempt-timeout = 1s }\n"
                + "railfs.client.data { connections = 4, in-flight-limit = 8MiB }",
            one,
            two);
    Random random = new Random(seed + 2);
    List<RecordingSink> sinks = new ArrayList<>();
    List<Long> offsets = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      int chunks = 1 + random.nextInt(4);
      long block = random.nextInt((int) (FILE_SIZE / FakeWorker.BLOCK_SIZE));
      long offset =
          block * FakeWorker.BLOCK_SIZE
              + (long) random.nextInt(FakeWorker.BLOCK_SIZE / SIZE - chunks + 1) * SIZE;
      offsets.add(offset);
      sinks.add(fetch(cluster, offset, chunks * SIZE, 120_000));
    }
    for (int i = 0; i < sinks.size(); i++) {
      sinks.get(i).end.get(120, TimeUnit.SECONDS);
      sinks.get(i).assertHolds(PATH, offsets.get(i));
    }
    assertThat(cluster.stats().bytesInFlight()).isZero();
    assertThat(cluster.stats().fetchesWaiting()).isZero();
  }

  /** About one in a hundred requests is not answered as it should be. */
  private static Fault fault(Random random) {
    synchronized (random) {
      return switch (random.nextInt(1_000)) {
        case 0 -> new Fault.CloseAfter(random.nextInt(4 * SIZE));
        case 1 -> new Fault.Never();
        case 2 -> new Fault.ExtraChecksum();
        case 3 -> new Fault.StopAfter(random.nextInt(SIZE));
        case 4 -> new Fault.UnknownId();
        case 5 -> new Fault.Garbage();
        case 6, 7 -> new Fault.Late(random.nextInt(600));
        case 8, 9, 10 -> new Fault.Flip(random.nextInt(SIZE));
        case 11, 12, 13 -> new Fault.Refuse(ErrorCode.BUSY);
        case 14 -> new Fault.Refuse(ErrorCode.WORKER_FAILED);
        default -> random.nextInt(10) == 0 ? new Fault.Pieces(4_099) : new Fault.None();
      };
    }
  }

  private static void readAll(Cluster cluster, int blocks) throws Exception {
    List<RecordingSink> sinks = new ArrayList<>();
    for (int i = 0; i < blocks; i++) {
      sinks.add(fetch(cluster, (long) i * FakeWorker.BLOCK_SIZE, SIZE, AMPLE));
    }
    for (int i = 0; i < blocks; i++) {
      awaitEnd(sinks.get(i));
      sinks.get(i).assertHolds(PATH, (long) i * FakeWorker.BLOCK_SIZE);
    }
  }
}
