// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import io.railfs.base.Backoff;
import io.railfs.worker.objects.ObjectException.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.apache.opendal.OpenDALException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Requests to one store, within its limits, each with a deadline, tried again where that may help.
 * Thread-safe.
 *
 * <p>A request that outlives its time is abandoned, not cancelled, for OpenDAL cannot do that. When
 * as many are abandoned as may run at once, the store or the network swallows them: the session is
 * replaced by a new one, whose start drops them all. One whose answers take too much memory is
 * replaced too, and ends after its last request.
 */
final class StoreClient implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StoreClient.class);

  private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(2));

  /** Listings that OpenDAL gives whole. */
  private static final int LARGE_AT_ONCE = 4;

  private final StoreLocation location;
  private final ObjectLimits limits;
  private final KeptAnswers kept;
  private final StoreErrors errors;
  private final RequestGate gate;
  private final Runnable throttled;
  private final Semaphore large = new Semaphore(LARGE_AT_ONCE);

  /** Read-held while a request starts, write-held while the session changes. */
  private final ReadWriteLock sessionLock = new ReentrantReadWriteLock();

  /** Null once closed. Changed under the lock. */
  private volatile Session session;

  /**
   * Fails with ObjectException where an option is wrong.
   *
   * @param throttled called for each answer that wants fewer requests
   */
  StoreClient(StoreLocation location, ObjectLimits limits, Runnable throttled)
      throws ObjectException {
    this(location, limits, KeptAnswers.OF_THIS_PROCESS, throttled);
  }

  /** The same with an account of its own of what sessions keep, and nobody to be called. */
  StoreClient(StoreLocation location, ObjectLimits limits, KeptAnswers kept)
      throws ObjectException {
    this(location, limits, kept, () -> {});
  }

  private StoreClient(
      StoreLocation location, ObjectLimits limits, KeptAnswers kept, Runnable throttled)
      throws ObjectException {
    this.location = location;
    this.kept = kept;
    this.throttled = throttled;
    this.limits = limits;
    this.errors = new StoreErrors(location.options());
    this.gate = new RequestGate(limits);
    try {
      this.session = new Session(location, kept);
    } catch (OpenDALException e) {
      throw errors.of(e);
    }
  }

  ObjectLimits limits() {
    return limits;
  }

  /**
   * Runs a request, as often as it takes.
   *
   * @param bytes of its answer, where that counts for the bandwidth
   */
  <T> T call(StoreCall<T> call, long bytes, Deadline deadline) throws ObjectException {
    return finish(start(call, bytes, deadline), call, bytes, deadline);
  }

  /**
   * As {@link #call}, for a request that is many inside: it may take all the time there is, and as
   * its answer may be large, only few of these run at once.
   */
  <T> T callPatiently(StoreCall<T> call, Deadline deadline) throws ObjectException {
    try {
      if (!large.tryAcquire(deadline.remainingMillis(), TimeUnit.MILLISECONDS)) {
        throw new ObjectException(
            Kind.LIMITED, LARGE_AT_ONCE + " large listings are under way already");
      }
    } catch (InterruptedException e) {
      throw RequestGate.interrupted();
    }
    try {
      return finish(start(call, 0, deadline), call, 0, deadline, Long.MAX_VALUE);
    } finally {
      large.release();
    }
  }

  /** Waits for a request that was started, and runs it again as often as it takes. */
  <T> T finish(Attempt<T> first, StoreCall<T> call, long bytes, Deadline deadline)
      throws ObjectException {
    return finish(first, call, bytes, deadline, limits.attemptTimeout());
  }

  private <T> T finish(
      Attempt<T> first, StoreCall<T> call, long bytes, Deadline deadline, long timeout)
      throws ObjectException {
    Attempt<T> attempt = first;
    for (int failures = 0; ; failures++) {
      try {
        return attempt.await(deadline, timeout);
      } catch (ObjectException e) {
        if (e.kind() == Kind.THROTTLED) {
          throttled.run();
        }
        pause(e, failures, deadline);
        attempt = start(call, bytes, deadline);
      }
    }
  }

  /** Fails where another try is of no use or too late. */
  private void pause(ObjectException failure, int failures, Deadline deadline)
      throws ObjectException {
    long wait = TimeUnit.NANOSECONDS.toMillis(BACKOFF.delayNanos(failures));
    boolean hopeful =
        switch (failure.kind()) {
          case TEMPORARY, THROTTLED, NO_ANSWER, TIMEOUT -> true;
          default -> false;
        };
    if (!hopeful || deadline.remainingMillis() <= wait) {
      throw failure;
    }
    try {
      TimeUnit.MILLISECONDS.sleep(wait);
    } catch (InterruptedException e) {
      throw RequestGate.interrupted();
    }
  }

  /** Starts a request as soon as the limits let it. */
  <T> Attempt<T> start(StoreCall<T> call, long bytes, Deadline deadline) throws ObjectException {
    gate.enter(bytes, deadline);
    return submit(call);
  }

  /** Starts a request if there is room for it at once, else null. */
  <T> Attempt<T> tryStart(StoreCall<T> call, long bytes, Deadline deadline) throws ObjectException {
    return gate.tryEnter(bytes, deadline) ? submit(call) : null;
  }

  private <T> Attempt<T> submit(StoreCall<T> call) throws ObjectException {
    boolean done = false;
    retireFull();
    sessionLock.readLock().lock();
    try {
      if (session == null) {
        throw new ObjectException(Kind.PERMANENT, "the worker is stopping");
      }
      Attempt<T> attempt = new Attempt<>(session, Instant.now(), session.start(call));
      done = true;
      return attempt;
    } catch (OpenDALException e) {
      throw errors.of(e);
    } finally {
      sessionLock.readLock().unlock();
      if (!done) {
        gate.leave();
      }
    }
  }

  /** Goes on with a fresh session where the answers of this one take too much memory. */
  private void retireFull() {
    Session old = session;
    if (old == null || !old.isFull()) {
      return;
    }
    sessionLock.writeLock().lock();
    try {
      if (session != old) {
        return;
      }
      session = new Session(location, kept);
    } catch (OpenDALException e) {
      log.warn("the client of {} cannot be renewed: {}", location, errors.of(e).getMessage());
      return;
    } finally {
      sessionLock.writeLock().unlock();
    }
    old.retire();
  }

  private void renew(Session stuck) {
    Session fresh = null;
    sessionLock.writeLock().lock();
    try {
      if (session != stuck) {
        return;
      }
      fresh = new Session(location, kept);
      session = fresh;
    } catch (OpenDALException e) {
      log.warn("the client of {} cannot be renewed: {}", location, errors.of(e).getMessage());
      return;
    } finally {
      sessionLock.writeLock().unlock();
    }
    log.warn(
        "{} swallowed {} requests; its connections are dropped and made again",
        location,
        limits.concurrentRequests());
    stuck.close();
  }

  @Override
  public void close() {
    Session last;
    sessionLock.writeLock().lock();
    try {
      last = session;
      session = null;
    } finally {
      sessionLock.writeLock().unlock();
    }
    if (last != null) {
      last.close();
    }
  }

  /** A request on its way, which holds a permit until it is waited for. */
  final class Attempt<T> {
    private final Session by;
    private final Session.Request<T> request;
    private final Instant began;

    Attempt(Session by, Instant began, Session.Request<T> request) {
      this.by = by;
      this.began = began;
      this.request = request;
    }

    /** Once only; gives the permit back. */
    T await(Deadline deadline, long longest) throws ObjectException {
      long timeout = Math.min(longest, deadline.remainingMillis());
      try {
        return request.answer().get(timeout, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        abandon();
        throw new ObjectException(Kind.TIMEOUT, "no answer within " + timeout + " ms");
      } catch (InterruptedException e) {
        abandon();
        throw RequestGate.interrupted();
      } catch (ExecutionException e) {
        if (e.getCause() instanceof OpenDALException failure) {
          throw errors.of(failure, began);
        }
        throw new ObjectException(Kind.PERMANENT, String.valueOf(e.getCause()));
      } finally {
        gate.leave();
      }
    }

    /** Instead of {@link #await}, where another part has failed already. */
    void forget() {
      gate.leave();
      abandon();
    }

    private void abandon() {
      if (by.abandon(request) >= limits.concurrentRequests()) {
        renew(by);
      }
    }
  }
}
