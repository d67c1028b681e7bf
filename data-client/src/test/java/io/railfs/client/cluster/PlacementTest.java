// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.railfs.client.ClusterTestBase;
import io.railfs.protocol.FileVersion;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class PlacementTest {
  private static final FileVersion VERSION = new FileVersion(1L << 40, 7, "");
  private static final List<String> IDS = List.of("alpha", "beta", "gamma", "delta");

  @Test
  void orderHoldsEveryWorkerOnceAndStartsWithTheOwner() {
    Placement placement = new Placement(IDS);
    for (long block = 0; block < 1_000; block++) {
      long key = key(block);
      int[] order = order(placement, key);
      assertThat(order).containsExactlyInAnyOrder(0, 1, 2, 3);
      assertThat(order[0]).isEqualTo(placement.first(key));
    }
  }

  @Test
  void blocksSpreadEvenly() {
    int[] counts = new int[IDS.size()];
    Placement placement = new Placement(IDS);
    IntStream.range(0, 40_000).forEach(block -> counts[placement.first(key(block))]++);
    for (int count : counts) {
      assertThat(count).isBetween(9_500, 10_500);
    }
  }

  @Test
  void orderDoesNotDependOnTheOrderOfTheIdentities() {
    Placement placement = new Placement(IDS);
    List<String> reversed = List.of("delta", "gamma", "beta", "alpha");
    Placement other = new Placement(reversed);
    for (long block = 0; block < 1_000; block++) {
      List<String> names = IntStream.of(order(placement, key(block))).mapToObj(IDS::get).toList();
      assertThat(IntStream.of(order(other, key(block))).mapToObj(reversed::get).toList())
          .isEqualTo(names);
    }
  }

  @Test
  void workerThatLeavesMovesOnlyItsOwnBlocks() {
    Placement before = new Placement(IDS);
    Placement after = new Placement(IDS.subList(0, 3));
    for (long block = 0; block < 1_000; block++) {
      int[] order = order(before, key(block));
      int heir = order[0] == 3 ? order[1] : order[0];
      assertThat(after.first(key(block))).isEqualTo(heir);
    }
  }

  @Test
  void ownersStayTheSameFromReleaseToRelease() {
    Placement placement = new Placement(IDS);
    int[] owners = IntStream.range(0, 12).map(block -> placement.first(key(block))).toArray();
    assertThat(owners).containsExactly(OWNERS);
  }

  /** A change here makes every worker's cache cold after an upgrade. */
  private static final int[] OWNERS = {0, 1, 3, 1, 1, 2, 2, 3, 2, 0, 1, 2};

  @Test
  void sharesAreInProportionToWeights() {
    double[] weights = {1, 2, 4, 1};
    Placement placement = new Placement(IDS, weights);
    int[] counts = new int[IDS.size()];
    IntStream.range(0, 80_000).forEach(block -> counts[placement.first(key(block))]++);
    for (int i = 0; i < counts.length; i++) {
      assertThat(counts[i] / 10_000.0).isBetween(weights[i] * 0.95, weights[i] * 1.05);
    }
  }

  @Test
  void equalWeightsAreNoWeights() {
    Placement plain = new Placement(IDS);
    Placement weighted = new Placement(IDS, new double[] {3, 3, 3, 3});
    for (long block = 0; block < 1_000; block++) {
      assertThat(order(weighted, key(block))).isEqualTo(order(plain, key(block)));
    }
  }

  @Test
  void aWorkerThatBecomesHeavierOnlyTakes() {
    Placement before = new Placement(IDS, new double[] {1, 1, 1, 1});
    Placement after = new Placement(IDS, new double[] {1, 2, 1, 1});
    int moved = 0;
    for (long block = 0; block < 10_000; block++) {
      int owner = after.first(key(block));
      if (owner != before.first(key(block))) {
        assertThat(owner).isEqualTo(1);
        moved++;
      }
    }
    // From a quarter to two fifths.
    assertThat(moved).isBetween(1_300, 1_700);
  }

  @Test
  void ofAThousandWorkersOneMoreTakesItsShareAndNothingElseMoves() {
    Placement before = new Placement(ids(1_000));
    Placement after = new Placement(ids(1_001));
    int[] counts = new int[1_000];
    int moved = 0;
    int blocks = 200_000;
    for (long block = 0; block < blocks; block++) {
      int owner = before.first(key(block));
      counts[owner]++;
      if (after.first(key(block)) != owner) {
        assertThat(after.first(key(block))).isEqualTo(1_000);
        moved++;
      }
    }
    assertThat(moved).isBetween(blocks / 2_000, blocks / 500);
    // The mean is 200; slots and blocks both scatter.
    assertThat(IntStream.of(counts).max().orElseThrow()).isLessThan(290);
    assertThat(IntStream.of(counts).min().orElseThrow()).isGreaterThan(120);
  }

  @Test
  void aThousandWorkersCostALookupAtMostTwiceWhatThreeDo() {
    Placement three = new Placement(ids(3));
    Placement thousand = new Placement(ids(1_000));
    long[] keys = LongStream.range(0, 50_000).map(PlacementTest::key).toArray();
    long fewest3 = Long.MAX_VALUE;
    long fewest1000 = Long.MAX_VALUE;
    // In turns, and the best of many: what else the machine does disturbs both, and not always; of
    // more where it disturbs for long.
    long start = System.nanoTime();
    for (int round = 0; round < 40 || (fewest1000 >= 2 * fewest3 && isSoonAfter(start)); round++) {
      fewest3 = Math.min(fewest3, nanos(three, keys));
      fewest1000 = Math.min(fewest1000, nanos(thousand, keys));
    }
    System.out.printf(
        "nanoseconds a lookup: %.1f of three workers, %.1f of a thousand%n",
        fewest3 / 50_000.0, fewest1000 / 50_000.0);
    assertThat(fewest1000).isLessThan(2 * fewest3);
  }

  private static boolean isSoonAfter(long start) {
    return System.nanoTime() - start < TimeUnit.SECONDS.toNanos(20);
  }

  private static long nanos(Placement placement, long[] keys) {
    long start = System.nanoTime();
    int sum = 0;
    for (long key : keys) {
      sum += placement.first(key);
    }
    long nanos = System.nanoTime() - start;
    assertThat(sum).isNotNegative();
    return nanos;
  }

  private static List<String> ids(int count) {
    return IntStream.range(0, count).mapToObj(i -> "worker-" + i).toList();
  }

  private static int[] order(Placement placement, long key) {
    return IntStream.range(0, placement.size()).map(i -> placement.at(key, i)).toArray();
  }

  private static long key(long block) {
    return Placement.key(ClusterTestBase.path("/data/train.tar"), VERSION, block);
  }
}
