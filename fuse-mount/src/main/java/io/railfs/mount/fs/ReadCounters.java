package io.railfs.mount.fs;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** Counts the reads of a mount. Thread-safe; a read costs a few additions. */
final class ReadCounters {
  private final LongAdder bytes = new LongAdder();
  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();
  private final LongAdder errors = new LongAdder();
  private final LongAdder[] times = new LongAdder[ReadStats.STEPS];

  ReadCounters() {
    for (int i = 0; i < times.length; i++) {
      times[i] = new LongAdder();
    }
  }

  void ended(boolean hit, int count, long nanos) {
    (hit ? hits : misses).increment();
    bytes.add(count);
    times[ReadStats.step(nanos)].increment();
  }

  void failed(long nanos) {
    errors.increment();
    times[ReadStats.step(nanos)].increment();
  }

  ReadStats snapshot() {
    List<Long> counts = Arrays.stream(times).map(LongAdder::sum).toList();
    return new ReadStats(bytes.sum(), hits.sum(), misses.sum(), errors.sum(), counts);
  }
}
