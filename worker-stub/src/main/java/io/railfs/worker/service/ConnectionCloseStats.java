// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

import io.railfs.base.LogLimiter;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the connections that the worker closed and why, and logs one a second for each reason.
 * Thread-safe.
 */
final class ConnectionCloseStats {
  private static final Logger log = LoggerFactory.getLogger(ConnectionCloseStats.class);

  private static final Duration LOG_INTERVAL = Duration.ofSeconds(1);

  private final Map<CloseReason, Tally> tallies = new EnumMap<>(CloseReason.class);

  private static final class Tally {
    final LongAdder count = new LongAdder();
    final LogLimiter logLimiter = new LogLimiter(LOG_INTERVAL);
  }

  ConnectionCloseStats() {
    for (CloseReason why : CloseReason.values()) {
      tallies.put(why, new Tally());
    }
  }

  /**
   * Counts one.
   *
   * @param detail what else a person needs to know; may be empty
   */
  void add(CloseReason why, SocketAddress client, String detail) {
    Tally tally = tallies.get(why);
    tally.count.increment();
    OptionalLong suppressed = tally.logLimiter.tryAcquire();
    if (suppressed.isEmpty()) {
      return;
    }
    long before = suppressed.getAsLong();
    String others = before == 0 ? "" : "; " + before + " more since the last such line";
    String text = detail.isEmpty() ? "" : " (" + detail + ")";
    if (why == CloseReason.IDLE) {
      log.info("closing the connection of {}: {}{}{}", client, why.reason(), text, others);
    } else {
      log.warn("closing the connection of {}: {}{}{}", client, why.reason(), text, others);
    }
  }

  Map<CloseReason, Long> counts() {
    Map<CloseReason, Long> counts = new EnumMap<>(CloseReason.class);
    tallies.forEach((why, tally) -> counts.put(why, tally.count.sum()));
    return counts;
  }
}
