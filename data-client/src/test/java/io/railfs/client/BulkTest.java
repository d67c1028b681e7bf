// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.railfs.client.bulk.Bulk;
import io.railfs.client.bulk.BulkAction;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.EntryType;
import io.railfs.protocol.RailPath;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Loads of trees, with workers that are too small or go away. */
@Timeout(120)
final class BulkTest extends ClusterTestBase {
  private static final int BLOCKS = 200;

  private Bulk bulk(Cluster cluster, int replicas) {
    return closing(new Bulk(cluster, BulkAction.LOAD, replicas, 0, 4));
  }

  private FakeWorker workerWithAFile(String id) {
    FakeWorker worker = worker(id);
    worker.files.put(
        PATH,
        new Attributes(
            EntryType.REGULAR,
            0444,
            0,
            0,
            (long) BLOCKS * FakeWorker.BLOCK_SIZE,
            1,
            1,
            "",
            ByteString.EMPTY));
    return worker;
  }

  private static void run(Bulk bulk, RailPath... paths) throws Exception {
    bulk.run(List.of(paths), Duration.ofMillis(AMPLE));
  }

  private static List<Integer> allBlocks() {
    return IntStream.range(0, BLOCKS).boxed().toList();
  }

  @Test
  void whatIsNamedTwiceIsLoadedOnce() throws Exception {
    FakeWorker one = workerWithAFile("one");
    Bulk bulk = bulk(connect("", one), 1);
    run(bulk, path(PATH), path(PATH), path(PATH + "/below"));
    assertThat(bulk.progress().files()).isEqualTo(1);
    assertThat(one.loaded).containsExactlyInAnyOrderElementsOf(allBlocks());
  }

  @Test
  void moreThanTheStoresHoldIsRefusedBeforeTheFirstByte() throws Exception {
    FakeWorker one = workerWithAFile("one");
    one.capacity = (BLOCKS - 1L) * FakeWorker.BLOCK_SIZE;
    Bulk bulk = bulk(connect("", one), 1);
    run(bulk, path(PATH));
    assertThat(one.loaded).isEmpty();
    assertThat(bulk.progress().errors()).isEqualTo(1);
    assertThat(bulk.failures().get(0).problem()).contains("more than the stores hold");
  }

  @Test
  void whatJustFitsIsLoadedWithAWarning() throws Exception {
    FakeWorker one = workerWithAFile("one");
    one.capacity = (long) BLOCKS * FakeWorker.BLOCK_SIZE;
    Bulk bulk = bulk(connect("", one), 1);
    run(bulk, path(PATH));
    assertThat(one.loaded).hasSize(BLOCKS);
    assertThat(bulk.progress().errors()).isZero();
    assertThat(bulk.warnings()).singleElement().asString().contains("nearly fills the stores");
  }

  @Test
  void replicasCountTowardsWhatTheStoresHold() throws Exception {
    FakeWorker one = workerWithAFile("one");
    FakeWorker two = workerWithAFile("two");
    one.capacity = BLOCKS * 3L / 4 * FakeWorker.BLOCK_SIZE;
    two.capacity = one.capacity;
    Cluster cluster = connect("", one, two);
    Bulk fits = bulk(cluster, 1);
    run(fits, path(PATH));
    assertThat(fits.progress().errors()).isZero();
    Bulk excess = bulk(cluster, 2);
    run(excess, path(PATH));
    assertThat(excess.progress().errors()).isEqualTo(1);
  }

  @Test
  void theBlocksOfAWorkerThatDiesDuringALoadGoToTheNext() throws Exception {
    FakeWorker one = workerWithAFile("one");
    FakeWorker two = workerWithAFile("two");
    Bulk bulk = bulk(connect("", one, two), 1);
    two.takesLoads = false;
    CompletableFuture<Void> killed =
        CompletableFuture.runAsync(
            () -> {
              Awaitility.await().until(() -> !one.loaded.isEmpty());
              two.close();
            });
    run(bulk, path(PATH));
    killed.get(30, TimeUnit.SECONDS);
    assertThat(bulk.progress().errors()).isZero();
    assertThat(bulk.progress().filesDone()).isEqualTo(1);
    assertThat(one.loaded).containsExactlyInAnyOrderElementsOf(allBlocks());
    assertThat(bulk.warnings()).hasSize(1);
    assertThat(bulk.warnings().get(0)).contains(two.endpoint());
  }

  @Test
  void noReplicaIsLostWithItsWorker() throws Exception {
    FakeWorker one = workerWithAFile("one");
    FakeWorker two = workerWithAFile("two");
    FakeWorker three = workerWithAFile("three");
    Bulk bulk = bulk(connect("", one, two, three), 2);
    loseDuringALoad(bulk, two, one);
    assertThat(bulk.progress().errors()).isZero();
    assertThat(one.loaded).containsExactlyInAnyOrderElementsOf(allBlocks());
    assertThat(three.loaded).containsExactlyInAnyOrderElementsOf(allBlocks());
  }

  @Test
  void aReplicaThatNobodyIsLeftForIsAFailure() throws Exception {
    FakeWorker one = workerWithAFile("one");
    FakeWorker two = workerWithAFile("two");
    Bulk bulk = bulk(connect("", one, two), 2);
    loseDuringALoad(bulk, two, one);
    assertThat(one.loaded).containsExactlyInAnyOrderElementsOf(allBlocks());
    assertThat(bulk.progress().errors()).isEqualTo(1);
    assertThat(bulk.failures().get(0).problem()).contains("no other worker is left");
  }

  /** One dies with all that it was asked for once the other has loaded something. */
  private static void loseDuringALoad(Bulk bulk, FakeWorker lost, FakeWorker other)
      throws Exception {
    lost.takesLoads = false;
    CompletableFuture<Void> killed =
        CompletableFuture.runAsync(
            () -> {
              Awaitility.await().until(() -> !other.loaded.isEmpty());
              lost.close();
            });
    run(bulk, path(PATH));
    killed.get(30, TimeUnit.SECONDS);
  }

  @Test
  void whereEveryWorkerDiesALoadEndsSoonWithAnError() throws Exception {
    FakeWorker one = workerWithAFile("one");
    FakeWorker two = workerWithAFile("two");
    Bulk bulk = bulk(connect("", one, two), 1);
    one.takesLoads = false;
    two.takesLoads = false;
    CompletableFuture<Void> killed =
        CompletableFuture.runAsync(
            () -> {
              Awaitility.await().until(() -> bulk.progress().bytes() > 0);
              one.close();
              two.close();
            });
    long start = System.nanoTime();
    run(bulk, path(PATH));
    killed.get(30, TimeUnit.SECONDS);
    // The timeout of a single question is a minute.
    assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(30));
    assertThat(bulk.progress().errors()).isEqualTo(1);
  }
}
