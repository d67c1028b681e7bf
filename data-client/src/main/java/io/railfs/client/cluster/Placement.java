// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.cluster;

import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Which worker owns what: weighted rendezvous hashing (Thaler and Ravishankar, 1996; weights after
 * Schindelhauer and Schomaker, 2005) of slots. Thread-safe.
 *
 * <p>A key falls into one of 2^20 slots by its first bits. For a slot each worker's score is its
 * weight divided by -ln u, where u, from 0 to 1, is a hash of both; the owner is the highest, the
 * next one takes over when it is away. Every client computes the same order, a worker's share is in
 * proportion to its weight, and a worker that joins, leaves or changes its weight moves only slots
 * of its own.
 *
 * <p>The first workers of a slot are computed once, when they are first asked for, so that a
 * thousand workers cost a lookup what three do. With a thousand equal workers the largest share is
 * about 10 % above the mean: each has 1,049 slots, give or take 32.
 */
public final class Placement {
  private static final int SLOT_BITS = 20;

  /** No owner computed yet; owners are kept one higher. */
  private static final char UNKNOWN = 0;

  /**
   * Positions of the order that are kept: the usual replicas, and the workers that take over from
   * them.
   */
  private static final int KEPT_POSITIONS = 3;

  private static final int MAX_WORKERS = Character.MAX_VALUE - 1;

  private final long[] seeds;

  /** Null where all are equal. */
  private final double[] weights;

  /**
   * Owners by slot, and those that follow them, position by position. A table is made when it is
   * first needed, as a client that meets its workers one after the other makes many placements.
   * Threads may compute the same entry twice; it is the same one.
   */
  private final AtomicReferenceArray<char[]> tables = new AtomicReferenceArray<>(KEPT_POSITIONS);

  /**
   * Workers of equal weight.
   *
   * @param ids identities of the workers; an order is given by their index here
   */
  public Placement(List<String> ids) {
    this(ids, null);
  }

  /**
   * Workers of different weight.
   *
   * @param weights shares in proportion, above 0
   */
  public Placement(List<String> ids, double[] weights) {
    if (ids.size() > MAX_WORKERS) {
      throw new IllegalArgumentException(ids.size() + " workers; at most " + MAX_WORKERS);
    }
    this.seeds = ids.stream().mapToLong(Placement::hash).toArray();
    this.weights = weights == null ? null : weights.clone();
  }

  /** The key of a block. */
  public static long key(RailPath path, FileVersion version, long block) {
    long file = hash(path.latin1()) ^ mix(version.size());
    file = mix(file ^ version.mtimeNanos());
    return mix(mix(file ^ hash(version.etag())) ^ block);
  }

  /** The key of a name, for questions about metadata. */
  public static long key(RailPath path) {
    return mix(hash(path.latin1()));
  }

  int size() {
    return seeds.length;
  }

  /** Index of the owner. */
  public int first(long key) {
    return at(key, 0);
  }

  /**
   * Index of the worker at this position of the key's order, the owner at 0.
   *
   * @param position below {@link #size}
   */
  int at(long key, int position) {
    if (seeds.length <= 1) {
      return 0;
    }
    int slot = (int) (key >>> -SLOT_BITS);
    int worker = -1;
    for (int i = 0; i <= position; i++) {
      worker = i < KEPT_POSITIONS ? kept(slot, i, worker) : next(slot, worker);
    }
    return worker;
  }

  private int kept(int slot, int position, int before) {
    char[] table = tables.get(position);
    if (table == null) {
      table = new char[1 << SLOT_BITS];
      tables.set(position, table);
    }
    if (table[slot] == UNKNOWN) {
      table[slot] = (char) (next(slot, before) + 1);
    }
    return table[slot] - 1;
  }

  /** The best worker for a slot among those after {@code after}, or of all where that is -1. */
  private int next(int slot, int after) {
    int best = -1;
    for (int i = 0; i < seeds.length; i++) {
      if ((after < 0 || isBefore(slot, after, i)) && (best < 0 || isBefore(slot, i, best))) {
        best = i;
      }
    }
    return best;
  }

  /** Whether one worker comes before another; of equals the one that is named first. */
  private boolean isBefore(int slot, int one, int other) {
    long first = score(slot, one);
    long second = score(slot, other);
    if (weights == null) {
      int order = Long.compareUnsigned(first, second);
      return order == 0 ? one < other : order > 0;
    }
    int order = Double.compare(weighted(first, one), weighted(second, other));
    return order == 0 ? one < other : order > 0;
  }

  private double weighted(long score, int worker) {
    // StrictMath: every client has to come to the same bits.
    return weights[worker] / -StrictMath.log(((score >>> 11) + 0.5) * 0x1p-53);
  }

  private long score(int slot, int worker) {
    return mix(slot ^ seeds[worker]);
  }

  /** String.hashCode is specified, and cached by the string; mixing spreads its 32 bits. */
  private static long hash(String text) {
    return mix(text.hashCode() + 0x9E3779B97F4A7C15L * text.length());
  }

  /** The finalizer of SplitMix64. */
  private static long mix(long value) {
    long z = value + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
