package io.railfs.mount.fuse;

import io.railfs.mount.fs.FsException;
import io.railfs.mount.fs.OperationCounters;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one way out of a request after an error: logged where an operator should know, then an errno.
 * Thread-safe.
 */
final class Failures {
  private static final Logger log = LoggerFactory.getLogger(Failures.class);

  /** Under a broken UFS every read fails; one line a second shows it as well as thousands. */
  private static final long LOG_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final OperationCounters counters;
  private final AtomicLong nextLogNanos = new AtomicLong(System.nanoTime());
  private final AtomicLong unlogged = new AtomicLong();

  Failures(OperationCounters counters) {
    this.counters = counters;
  }

  /** The positive errno of a failure. */
  int errno(String operation, Throwable e) {
    if (e instanceof FsException problem) {
      if (problem.problem() != FsException.Problem.CHANGED) {
        counters.failed(problem);
      }
      if (problem.isFault()) {
        warn(operation, problem);
      }
      return Errno.of(problem.problem());
    }
    return defect(operation, e);
  }

  private void warn(String operation, FsException problem) {
    try {
      if (mayLog()) {
        log.warn(
            "{} failed: {}; the program gets {}",
            operation,
            problem.getMessage(),
            problem.problem());
      }
    } catch (OutOfMemoryError e) {
      // Without memory for the line, the request still gets its answer.
      counters.failedByDefect();
    }
  }

  private int defect(String operation, Throwable e) {
    counters.failedByDefect();
    boolean isMemory = e instanceof OutOfMemoryError;
    try {
      if (mayLog()) {
        log.error(
            "{} failed {}; the program gets {}",
            operation,
            isMemory ? "because the heap is full" : "with an internal error (bug)",
            isMemory ? "ENOMEM" : "an I/O error",
            e);
      }
    } catch (OutOfMemoryError again) {
      // Without memory for the line as well, the request still gets its answer.
      return Errno.ENOMEM;
    }
    return isMemory ? Errno.ENOMEM : Errno.EIO;
  }

  private boolean mayLog() {
    long now = System.nanoTime();
    long next = nextLogNanos.get();
    if (now - next < 0 || !nextLogNanos.compareAndSet(next, now + LOG_INTERVAL_NANOS)) {
      unlogged.incrementAndGet();
      return false;
    }
    long kept = unlogged.getAndSet(0);
    if (kept > 0) {
      log.warn("{} more operations failed meanwhile", kept);
    }
    return true;
  }
}
