// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.fetch;

import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where requests wait until their next attempt. Thread-safe. */
public final class RetryQueue {
  private static final Logger log = LoggerFactory.getLogger(RetryQueue.class);

  /** Something that waits. One of its methods is called, once, by an event loop or the closer. */
  interface Entry {
    void retry();

    void cancelled();
  }

  private final EventLoopGroup loops;
  private final Set<Entry> waiting = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  RetryQueue(EventLoopGroup loops) {
    this.loops = loops;
  }

  void add(Entry entry, long delayNanos) {
    waiting.add(entry);
    try {
      Future<?> timer = loops.next().schedule(() -> wake(entry), delayNanos, TimeUnit.NANOSECONDS);
      timer.addListener(
          future -> {
            if (future.cause() != null && !future.isCancelled()) {
              log.error("a retry failed: internal error (bug)", future.cause());
            }
          });
    } catch (RejectedExecutionException e) {
      log.debug("no retry any more, as the client is closing");
      closed = true;
    }
    if (closed) {
      cancel(entry);
    }
  }

  /** Cancels the entries that wait and those that come. */
  void close() {
    closed = true;
    waiting.forEach(this::cancel);
  }

  private void wake(Entry entry) {
    if (waiting.remove(entry)) {
      entry.retry();
    }
  }

  private void cancel(Entry entry) {
    if (waiting.remove(entry)) {
      entry.cancelled();
    }
  }
}
