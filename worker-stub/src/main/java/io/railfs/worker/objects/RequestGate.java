// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import io.railfs.worker.objects.ObjectException.Kind;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Lets requests to one store through, within its limits. Thread-safe. */
final class RequestGate {
  private final ObjectLimits limits;
  private final Semaphore permits;
  private final RateLimit requests;
  private final RateLimit bandwidth;

  RequestGate(ObjectLimits limits) {
    this.limits = limits;
    this.permits = new Semaphore(limits.concurrentRequests());
    this.requests = new RateLimit(limits.requestsPerSecond());
    this.bandwidth = new RateLimit(limits.bandwidth());
  }

  /**
   * Takes a permit, which {@link #leave} gives back, and waits for the rates.
   *
   * @param bytes of its answer, where that counts for the bandwidth
   */
  void enter(long bytes, Deadline deadline) throws ObjectException {
    try {
      if (!permits.tryAcquire(deadline.remainingMillis(), TimeUnit.MILLISECONDS)) {
        throw new ObjectException(
            Kind.LIMITED, "all " + limits.concurrentRequests() + " requests at once are in use");
      }
    } catch (InterruptedException e) {
      throw interrupted();
    }
    pace(bytes, deadline);
  }

  /** The same if there is a permit at once; false, and nothing taken, where there is none. */
  boolean tryEnter(long bytes, Deadline deadline) throws ObjectException {
    if (!permits.tryAcquire()) {
      return false;
    }
    pace(bytes, deadline);
    return true;
  }

  void leave() {
    permits.release();
  }

  /**
   * The wait before one more try of a request that holds a permit; negative where it is too long.
   */
  long nanosBeforeAnother(Deadline deadline) {
    return requests.reserve(1, deadline);
  }

  private void pace(long bytes, Deadline deadline) throws ObjectException {
    boolean done = false;
    try {
      if (!requests.await(1, deadline) || !bandwidth.await(bytes, deadline)) {
        throw new ObjectException(
            Kind.LIMITED, "the limit of requests or bandwidth leaves no room before the deadline");
      }
      done = true;
    } catch (InterruptedException e) {
      throw interrupted();
    } finally {
      if (!done) {
        permits.release();
      }
    }
  }

  static ObjectException interrupted() {
    Thread.currentThread().interrupt();
    return new ObjectException(Kind.CANCELLED, "the worker is stopping");
  }
}
