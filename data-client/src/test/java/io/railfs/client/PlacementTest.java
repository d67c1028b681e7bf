package io.railfs.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.railfs.protocol.FileVersion;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class PlacementTest {
  private static final FileVersion VERSION = new FileVersion(1L << 40, 7, "");
  private static final List<String> IDS = List.of("alpha", "beta", "gamma", "delta");

  @Test
  void orderHoldsEveryWorkerOnceAndStartsWithTheOwner() {
    Placement placement = new Placement(IDS);
    for (long block = 0; block < 1_000; block++) {
      long key = key(block);
      int[] order = placement.order(key);
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
      List<String> names = IntStream.of(placement.order(key(block))).mapToObj(IDS::get).toList();
      assertThat(IntStream.of(other.order(key(block))).mapToObj(reversed::get).toList())
          .isEqualTo(names);
    }
  }

  @Test
  void workerThatLeavesMovesOnlyItsOwnBlocks() {
    Placement before = new Placement(IDS);
    Placement after = new Placement(IDS.subList(0, 3));
    for (long block = 0; block < 1_000; block++) {
      int[] order = before.order(key(block));
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
  private static final int[] OWNERS = {1, 0, 3, 3, 2, 3, 1, 1, 3, 2, 3, 3};

  private static long key(long block) {
    return Placement.key(ClusterTestBase.path("/data/train.tar"), VERSION, block);
  }
}
