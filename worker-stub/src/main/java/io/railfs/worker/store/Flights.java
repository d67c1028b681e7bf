// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Joins those who wait for the same thing, so that it is done once. Thread-safe.
 *
 * @param <K> names the thing
 * @param <W> one who waits
 */
final class Flights<K, W> {
  private final ConcurrentHashMap<K, List<W>> waiting = new ConcurrentHashMap<>();

  /** Adds one who waits; true where it is the first, which has to see that the thing gets done. */
  boolean join(K key, W waiter) {
    boolean[] first = new boolean[1];
    // The list is only ever touched inside compute, which holds the key.
    waiting.compute(
        key,
        (k, list) -> {
          first[0] = list == null;
          List<W> joined = list == null ? new ArrayList<>(2) : list;
          joined.add(waiter);
          return joined;
        });
    return first[0];
  }

  /** Takes everyone who waits; whoever joins from now on starts again. */
  List<W> land(K key) {
    List<W> all = waiting.remove(key);
    return all == null ? List.of() : all;
  }
}
