package io.railfs.worker.service;

import java.net.SocketAddress;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the connections that the worker closed and why, and logs one a second for each reason:
 * whoever connects in a loop fills neither the log nor the disk. Thread-safe.
 */
final class Dismissals {
  private static final Logger log = LoggerFactory.getLogger(Dismissals.class);

  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Map<Dismissal, Tally> tallies = new EnumMap<>(Dismissal.class);

  private static final class Tally {
    final LongAdder count = new LongAdder();
    final LongAdder unlogged = new LongAdder();
    final AtomicLong nextLog = new AtomicLong(System.nanoTime());
  }

  Dismissals() {
    for (Dismissal why : Dismissal.values()) {
      tallies.put(why, new Tally());
    }
  }

  /**
   * Counts one.
   *
   * @param detail what else a person needs to know; may be empty
   */
  void add(Dismissal why, SocketAddress client, String detail) {
    Tally tally = tallies.get(why);
    tally.count.increment();
    long now = System.nanoTime();
    long due = tally.nextLog.get();
    if (now - due < 0 || !tally.nextLog.compareAndSet(due, now + PAUSE_NANOS)) {
      tally.unlogged.increment();
      return;
    }
    long before = tally.unlogged.sumThenReset();
    String others = before == 0 ? "" : "; so were " + before + " more since this was last said";
    String text = detail.isEmpty() ? "" : " (" + detail + ")";
    if (why == Dismissal.IDLE) {
      log.info("closing the connection of {}: {}{}{}", client, why.reason(), text, others);
    } else {
      log.warn("closing the connection of {}: {}{}{}", client, why.reason(), text, others);
    }
  }

  Map<Dismissal, Long> counts() {
    Map<Dismissal, Long> counts = new EnumMap<>(Dismissal.class);
    tallies.forEach((why, tally) -> counts.put(why, tally.count.sum()));
    return counts;
  }
}
