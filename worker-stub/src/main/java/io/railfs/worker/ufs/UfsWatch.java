// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.ufs;

import static java.util.Objects.requireNonNull;

import io.railfs.protocol.RailPath;
import io.railfs.worker.tasks.TaskPool;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at each UFS of a worker, with one small question in a thread of its own, whenever requests
 * leave open whether it is there: after one failed, while nothing comes back, when nobody has asked
 * for long, and time and again while it is down. Only a look decides, and a request that fails does
 * not: it may fail for one file's sake. Requests go on whatever a look finds.
 *
 * <pre>
 *   UP --a request failed, silence, nobody asked for long--> look --no answer in time, an error--> DOWN
 *    ^                                                                                               |
 *    +------------------- as it should be --- look <--time is over, something was answered-----------+
 * </pre>
 */
public final class UfsWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(UfsWatch.class);

  private static final long TICK_MILLIS = 250;

  /**
   * Longest time of a look; what it asks of a file system cannot be cut short, and is waited for.
   */
  private static final long LOOK_MILLIS = 5_000;

  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS + TICK_MILLIS);

  /** Requests under way without an answer for so long are a reason to look. */
  private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** Between two looks, whatever the reasons are. */
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final int MOST_THREADS = 64;

  private final WatchSettings settings;
  private final List<Watched> all;
  private final TaskPool looks;
  private final ScheduledExecutorService timer;
  private volatile boolean closed;

  /** One UFS; the fields are the timer's but where it says otherwise. */
  private static final class Watched {
    private final WatchedUfs ufs;
    private final UfsHealth health;

    /** When nothing was under way last, as far as the timer saw. */
    private long idleNanos = System.nanoTime();

    private long beganNanos = System.nanoTime();
    private boolean isReported;

    /** Set by the timer, unset by the look. */
    private volatile boolean looking;

    private volatile long endedNanos = System.nanoTime();

    Watched(WatchedUfs ufs) {
      this.ufs = ufs;
      this.health = ufs.health();
    }
  }

  /**
   * Starts to look.
   *
   * @param ufs stay the caller's, to be closed after this
   */
  public UfsWatch(List<WatchedUfs> ufs, WatchSettings settings) {
    this.settings = requireNonNull(settings, "settings is null");
    this.all =
        ufs.stream()
            .sorted(
                Comparator.comparingInt((WatchedUfs each) -> each.health().at().latin1().length())
                    .reversed())
            .map(Watched::new)
            .toList();
    this.looks = new TaskPool("railfs-ufs-look", Math.min(MOST_THREADS, all.size()), all.size());
    this.timer =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "railfs-ufs-watch");
              thread.setDaemon(true);
              return thread;
            });
    var unused =
        timer.scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void tick() {
    long now = System.nanoTime();
    for (Watched each : all) {
      if (!each.health.isAsked()) {
        each.idleNanos = now;
      }
      if (each.looking) {
        overdue(each, now);
      } else if (isDue(each, now)) {
        look(each, now);
      }
    }
  }

  private static void overdue(Watched each, long now) {
    if (!each.isReported && now - each.beganNanos > LOOK_NANOS) {
      each.isReported = true;
      if (each.health.answeredNanos() - each.beganNanos < 0) {
        each.health.down(Trouble.TIMEOUT, "no answer within " + LOOK_MILLIS + " ms");
      }
    }
  }

  private boolean isDue(Watched each, long now) {
    UfsHealth health = each.health;
    long answered = health.answeredNanos();
    long sinceLook = now - each.endedNanos;
    boolean paused = sinceLook >= PAUSE_NANOS;
    if (!health.verdict().up()) {
      return sinceLook >= TimeUnit.MILLISECONDS.toNanos(settings.downMillis())
          || (paused && answered - each.endedNanos > 0);
    }
    boolean failed = health.failedNanos() - each.beganNanos > 0;
    long heard = later(answered, each.endedNanos);
    boolean silent = now - later(heard, each.idleNanos) > SILENCE_NANOS;
    boolean forgotten = now - heard > TimeUnit.MILLISECONDS.toNanos(settings.idleMillis());
    return paused && (failed || silent || forgotten);
  }

  private static long later(long one, long other) {
    return one - other > 0 ? one : other;
  }

  private void look(Watched each, long now) {
    each.beganNanos = now;
    each.isReported = false;
    each.looking = true;
    if (!looks.tryExecute(() -> look(each))) {
      each.looking = false;
    }
  }

  private void look(Watched each) {
    long began = System.nanoTime();
    try {
      each.ufs.probe(LOOK_MILLIS);
      if (!closed) {
        each.health.up();
      }
    } catch (UfsException e) {
      if (!closed) {
        judge(each.health, began, e);
      }
    } catch (RuntimeException e) {
      log.error("a look at the UFS {} failed; it is looked at again", each.health.uri(), e);
    } finally {
      each.endedNanos = System.nanoTime();
      each.looking = false;
    }
  }

  private static void judge(UfsHealth health, long began, UfsException e) {
    Trouble trouble = e.trouble().orElse(null);
    boolean answers = health.answeredNanos() - began > 0;
    if (trouble == null) {
      health.up();
    } else if (trouble != Trouble.LIMITED && !(trouble == Trouble.TIMEOUT && answers)) {
      health.down(e);
    }
  }

  /** What is known of each, the deepest place first. */
  public List<UfsHealth> healths() {
    return all.stream().map(each -> each.health).toList();
  }

  /** Why what the path leads to cannot be had now, a sentence; empty where it can. Never blocks. */
  public String problem(RailPath path) {
    for (Watched each : all) {
      if (path.isWithin(each.health.at())) {
        return each.health.verdict().problem();
      }
    }
    return "";
  }

  /** Ends the threads; a look that hangs in the storage ends with the process. */
  @Override
  public void close() {
    closed = true;
    timer.shutdownNow();
    looks.close();
    try {
      // The timer only hands looks over, so it ends at once.
      if (!timer.awaitTermination(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
        log.warn("the timer of the looks at the UFS did not end; it ends with the process");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
