// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.cluster;

import io.railfs.client.WorkerHealth;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a client knows of a worker's health. Thread-safe; asking takes no lock.
 *
 * <pre>
 *              a fetch timed out               no proof, or the third time in a row
 *   HEALTHY ----------------------> SUSPECT -------------------------------------> DOWN
 *    ^  ^                              |                                          ^  |
 *    |  +-- proof, or chunks came -----+                                          |  |
 *    |                                                                            |  |
 *    |         (from any state: no connection can be had) ------------------------+  |
 *    |                                                                            |  |
 *    |    proof, or chunks came                 no proof, a fetch timed out       |  |
 *    +------------------------------ PROBING -------------------------------------+  |
 *                                       ^                                            |
 *                                       +-- connected again, or a pause is over -----+
 * </pre>
 *
 * <p>A worker whose data connections are closed because nobody wants them keeps its health; one
 * that could not be reached at all and answers HELLO again is healthy until a fetch finds out
 * otherwise.
 *
 * <p>A proof is an answer to a HELLO on a data connection. A worker that proves itself and yet lets
 * fetches wait is tried with one fetch a second, after pauses that double.
 */
public final class Health {
  /** Fetches that may time out in a row, with proofs between them. */
  private static final int MAX_STRIKES = 3;

  private static final long FIRST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int MAX_DOUBLINGS = 2;

  /** Between fetches to one that is being tried. */
  static final long TRIAL_NANOS = TimeUnit.SECONDS.toNanos(1);

  private volatile WorkerHealth state = WorkerHealth.HEALTHY;

  /** Whether it is down because it lets fetches wait; only then a pause leads on. */
  private volatile boolean pausing;

  private volatile long pauseEndNanos;
  private final AtomicLong triedNanos = new AtomicLong(System.nanoTime() - TRIAL_NANOS);

  /** Whether a fetch has timed out since chunks came last. */
  private volatile boolean struck;

  /** Guarded by this: how many have. */
  private int strikes;

  /** Guarded by this. */
  private int pauses;

  WorkerHealth state() {
    WorkerHealth now = state;
    return now == WorkerHealth.DOWN && pausing && System.nanoTime() - pauseEndNanos >= 0
        ? endPause()
        : now;
  }

  private synchronized WorkerHealth endPause() {
    // Once more: what was seen without the lock may be the end of the pause before.
    if (state == WorkerHealth.DOWN && pausing && System.nanoTime() - pauseEndNanos >= 0) {
      state = WorkerHealth.PROBING;
    }
    return state;
  }

  /** Whether a fetch may go there as if it were healthy; in PROBING one a second may. */
  boolean admits() {
    return switch (state()) {
      case HEALTHY -> true;
      case SUSPECT, DOWN -> false;
      case PROBING -> {
        long now = System.nanoTime();
        long last = triedNanos.get();
        yield now - last >= TRIAL_NANOS && triedNanos.compareAndSet(last, now);
      }
    };
  }

  /** Chunks came. */
  void served() {
    if (state != WorkerHealth.HEALTHY || struck) {
      clear();
    }
  }

  private synchronized void clear() {
    strikes = 0;
    struck = false;
    pauses = 0;
    state = WorkerHealth.HEALTHY;
  }

  /**
   * A fetch timed out.
   *
   * @return whether a proof is wanted
   */
  synchronized boolean timedOut() {
    strikes++;
    struck = true;
    if (state == WorkerHealth.PROBING || strikes >= MAX_STRIKES) {
      pause();
      return false;
    }
    if (state == WorkerHealth.HEALTHY) {
      state = WorkerHealth.SUSPECT;
      return true;
    }
    return false;
  }

  /** A proof that was asked for has come, or not. */
  synchronized void proved(boolean proof) {
    if (state != WorkerHealth.SUSPECT && state != WorkerHealth.PROBING) {
      return;
    }
    if (proof) {
      state = WorkerHealth.HEALTHY;
    } else {
      pause();
    }
  }

  private void pause() {
    state = WorkerHealth.DOWN;
    pausing = true;
    pauseEndNanos = System.nanoTime() + (FIRST_PAUSE_NANOS << Math.min(pauses, MAX_DOUBLINGS));
    pauses++;
  }

  /** There is no connection, and none can be had. */
  synchronized void lost() {
    state = WorkerHealth.DOWN;
    pausing = false;
    strikes = 0;
  }

  /** It is reached again where nothing is known of its data service. */
  synchronized void returned() {
    if (state == WorkerHealth.DOWN && !pausing) {
      state = WorkerHealth.HEALTHY;
    }
  }

  /** A data connection takes too long to open. */
  synchronized void hesitates() {
    if (state == WorkerHealth.HEALTHY) {
      state = WorkerHealth.SUSPECT;
    }
  }

  /**
   * A data connection is ready.
   *
   * @return whether a proof is wanted
   */
  synchronized boolean connected() {
    if (state == WorkerHealth.DOWN && !pausing) {
      state = WorkerHealth.PROBING;
      return true;
    }
    return state == WorkerHealth.SUSPECT;
  }
}
