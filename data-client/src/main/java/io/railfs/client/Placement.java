package io.railfs.client;

import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import java.util.List;

/**
 * Which worker owns what: rendezvous hashing (Thaler and Ravishankar, 1996). Each worker's score
 * for a key is a hash of both; the owner is the highest, the next one takes over when it is away.
 * Every client computes the same order, and a worker that joins or leaves moves only its own keys.
 * Immutable.
 */
final class Placement {
  private static final int[] ONLY = {0};

  private final long[] seeds;

  /**
   * @param ids identities of the workers; an order is told by their index here
   */
  Placement(List<String> ids) {
    seeds = ids.stream().mapToLong(Placement::hash).toArray();
  }

  /** The key of a block. */
  static long key(RailPath path, FileVersion version, long block) {
    long file = hash(path.latin1()) ^ mix(version.size());
    file = mix(file ^ version.mtimeNanos());
    return mix(mix(file ^ hash(version.etag())) ^ block);
  }

  /** The key of a name, for questions about metadata. */
  static long key(RailPath path) {
    return mix(hash(path.latin1()));
  }

  int size() {
    return seeds.length;
  }

  /** Index of the owner. */
  int first(long key) {
    int best = 0;
    for (int i = 1; i < seeds.length; i++) {
      if (Long.compareUnsigned(score(key, i), score(key, best)) > 0) {
        best = i;
      }
    }
    return best;
  }

  /** Indices of all workers, the owner first. Not to be modified by the caller. */
  int[] order(long key) {
    if (seeds.length == 1) {
      return ONLY;
    }
    int[] order = new int[seeds.length];
    for (int i = 0; i < order.length; i++) {
      long score = score(key, i);
      int at = i;
      while (at > 0 && Long.compareUnsigned(score(key, order[at - 1]), score) < 0) {
        order[at] = order[at - 1];
        at--;
      }
      order[at] = i;
    }
    return order;
  }

  private long score(long key, int worker) {
    return mix(key ^ seeds[worker]);
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
