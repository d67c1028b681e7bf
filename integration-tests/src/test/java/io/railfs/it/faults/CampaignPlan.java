// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it.faults;

import java.util.List;
import java.util.stream.Stream;

/**
 * What a campaign is to do.
 *
 * @param seed decides about the order of the faults, what they hit and how long they last
 * @param count of faults
 * @param replicas in the areas that have more than one
 * @param kinds that come
 * @param together one in so many faults comes together with the next; 0: none
 * @param percent of the full time that each fault lasts
 */
record CampaignPlan(
    long seed, int count, int replicas, List<FaultKind> kinds, int together, int percent) {

  /** Each kind once, as short as it may be: for every run of the tests. */
  private static final CampaignPlan SHORT =
      new CampaignPlan(1, FaultKind.values().length, 2, List.of(FaultKind.values()), 2, 35);

  /** As system properties say: railfs.faults.seed, count, replicas, kinds, together. */
  static CampaignPlan ofProperties() {
    if (Integer.getInteger("railfs.faults.count") == null) {
      return SHORT;
    }
    String kinds = System.getProperty("railfs.faults.kinds", "");
    return new CampaignPlan(
        Long.getLong("railfs.faults.seed", System.nanoTime() % 1_000_000),
        Integer.getInteger("railfs.faults.count"),
        Integer.getInteger("railfs.faults.replicas", 2),
        kinds.isEmpty()
            ? List.of(FaultKind.values())
            : Stream.of(kinds.split(",", -1)).map(FaultKind::valueOf).toList(),
        Integer.getInteger("railfs.faults.together", 6),
        100);
  }
}
