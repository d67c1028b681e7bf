// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import java.time.Instant;

/** One request of a reader, with all its tries. */
final class S3Call {
  private final Deadline deadline;
  private final Instant asked = Instant.now();
  private volatile Throwable failure;

  S3Call(Deadline deadline) {
    this.deadline = deadline;
  }

  Deadline deadline() {
    return deadline;
  }

  /** When it began, by this machine's clock. */
  Instant asked() {
    return asked;
  }

  /** A try failed. One whose time was over says less than the one before. */
  void failed(Throwable cause) {
    if (failure == null || !S3Errors.isLate(cause)) {
      failure = cause;
    }
  }

  /** Why its last try failed that says so, or null. */
  Throwable failure() {
    return failure;
  }
}
