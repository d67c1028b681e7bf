package io.railfs.client.net;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** Waits that double up to a limit, each between half and all of its step. Immutable. */
public final class Backoff {
  /** Between attempts of one request: short, since its reader waits. */
  public static final Backoff REQUEST = new Backoff(10, 500);

  /** Between connects to one worker: short enough that a restarted worker serves again at once. */
  static final Backoff CONNECT = new Backoff(100, 2_000);

  private final long firstNanos;
  private final long maxNanos;

  private Backoff(long firstMillis, long maxMillis) {
    firstNanos = TimeUnit.MILLISECONDS.toNanos(firstMillis);
    maxNanos = TimeUnit.MILLISECONDS.toNanos(maxMillis);
  }

  /**
   * The wait before the next attempt.
   *
   * @param failures how many there were in a row before, 0 for the first wait
   */
  public long delayNanos(int failures) {
    long step = Math.min(maxNanos, firstNanos << Math.min(failures, 20));
    return step / 2 + ThreadLocalRandom.current().nextLong(step / 2 + 1);
  }
}
