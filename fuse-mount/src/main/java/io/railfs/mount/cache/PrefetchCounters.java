package io.railfs.mount.cache;

import java.util.concurrent.atomic.LongAdder;

/** Counts the bytes fetched ahead and what becomes of them. Thread-safe. */
final class PrefetchCounters {
  private final LongAdder fetched = new LongAdder();
  private final LongAdder read = new LongAdder();
  private final LongAdder wasted = new LongAdder();

  void fetched(int bytes) {
    fetched.add(bytes);
  }

  void read(int bytes) {
    read.add(bytes);
  }

  void wasted(int bytes) {
    wasted.add(bytes);
  }

  PrefetchStats snapshot() {
    return new PrefetchStats(fetched.sum(), read.sum(), wasted.sum());
  }
}
