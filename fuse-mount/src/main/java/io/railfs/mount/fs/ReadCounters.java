package io.railfs.mount.fs;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** Counts the reads of a mount. Thread-safe; a read costs two additions. */
final class ReadCounters {
  private final LongAdder bytes = new LongAdder();
  private final LongAdder[] hits = adders();
  private final LongAdder[] misses = adders();
  private final LongAdder[] errors = adders();

  private static LongAdder[] adders() {
    LongAdder[] adders = new LongAdder[ReadStats.STEPS];
    Arrays.setAll(adders, step -> new LongAdder());
    return adders;
  }

  void ended(boolean hit, int count, long nanos) {
    (hit ? hits : misses)[ReadStats.step(nanos)].increment();
    bytes.add(count);
  }

  void failed(long nanos) {
    errors[ReadStats.step(nanos)].increment();
  }

  ReadStats snapshot() {
    return new ReadStats(bytes.sum(), sums(hits), sums(misses), sums(errors));
  }

  private static List<Long> sums(LongAdder[] adders) {
    return Arrays.stream(adders).map(LongAdder::sum).toList();
  }
}
