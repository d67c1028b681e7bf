// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fuse;

import io.railfs.base.LogLimiter;
import io.railfs.mount.fs.FsException;
import io.railfs.mount.fs.OperationCounters;
import java.time.Duration;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one way out of a request after an error: logged where an operator should know, then an errno.
 * Thread-safe.
 */
final class Failures {
  private static final Logger log = LoggerFactory.getLogger(Failures.class);

  /** Under a broken UFS every read fails; one line a second shows it as well as thousands. */
  private static final Duration LOG_INTERVAL = Duration.ofSeconds(1);

  private final OperationCounters counters;
  private final LogLimiter lines = new LogLimiter(LOG_INTERVAL);

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
    OptionalLong suppressed = lines.tryAcquire();
    if (suppressed.isEmpty()) {
      return false;
    }
    if (suppressed.getAsLong() > 0) {
      log.warn("{} more operations failed meanwhile", suppressed.getAsLong());
    }
    return true;
  }
}
