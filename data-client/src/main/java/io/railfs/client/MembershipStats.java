// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import java.util.List;

/**
 * Where a client knows its workers from.
 *
 * @param watched whether they are watched in etcd; else the settings name them
 * @param ageNanos time since etcd answered last; 0 where nothing is watched
 * @param stale whether etcd is away, so that the view, which stays in use, may be old
 * @param placements how often the placement of blocks has changed
 * @param lost workers that left etcd without saying so, within a day
 */
public record MembershipStats(
    boolean watched, long ageNanos, boolean stale, int placements, List<LostWorker> lost) {
  public MembershipStats {
    lost = List.copyOf(lost);
  }
}
