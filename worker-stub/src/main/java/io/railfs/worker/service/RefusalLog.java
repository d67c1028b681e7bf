package io.railfs.worker.service;

import io.netty.channel.Channel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells of clients that are not let in: a line a second at most, with the number of the others. */
final class RefusalLog {
  private static final Logger log = LoggerFactory.getLogger(RefusalLog.class);

  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final AtomicLong nextNanos = new AtomicLong(System.nanoTime());
  private final AtomicLong untold = new AtomicLong();

  void refused(Channel channel, String why) {
    long now = System.nanoTime();
    long next = nextNanos.get();
    if (now - next < 0 || !nextNanos.compareAndSet(next, now + PAUSE_NANOS)) {
      untold.incrementAndGet();
      return;
    }
    log.warn(
        "{} is not let in: {} ({} more since the last such line)",
        channel.remoteAddress(),
        why,
        untold.getAndSet(0));
  }
}
