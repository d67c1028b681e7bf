// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.membership;

import static java.util.Objects.requireNonNull;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.options.PutOption;
import io.railfs.base.Backoff;
import io.railfs.protocol.messages.Member;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a worker registered in etcd: a lease, and under it what the worker says of itself, written
 * again when that changes or is gone. While etcd is away the worker goes on, and is registered as
 * soon as etcd is back. Also keeps it remembered, should it vanish, and learns of others that did:
 * {@link LostMembers}. One thread.
 */
public final class Registration implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Registration.class);

  /** How late a change may be noticed. */
  private static final long LOOK_MILLIS = 200;

  private static final long CLOSE_MILLIS = 5_000;

  /** Between two times that it is written when this worker was there last. */
  private static final long SEEN_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final MembershipSettings settings;
  private final Supplier<Member> self;
  private final Etcd etcd;
  private final LostMembers lostMembers;
  private final Thread thread;
  private final CountDownLatch closed = new CountDownLatch(1);

  /** 0 without one. Confined to the thread. */
  private long lease;

  private long renewedNanos;
  private Member written;
  private boolean failing;

  /** 0 without one. Confined to the thread. */
  private long seenLease;

  private long nextSeenNanos = System.nanoTime();
  private boolean seenFailing;
  private volatile List<Member> lost = List.of();

  private Registration(MembershipSettings settings, Supplier<Member> self)
      throws MembershipException {
    this.settings = settings;
    this.self = self;
    etcd = new Etcd(settings);
    lostMembers = new LostMembers(settings, etcd);
    thread = new Thread(this::run, "railfs-registration");
    thread.setDaemon(true);
  }

  /**
   * Registers from now on until {@link #close}.
   *
   * @param self what the worker is now; called by another thread
   * @throws MembershipException where a file of the settings cannot be used; that etcd is away is
   *     no error
   */
  public static Registration start(MembershipSettings settings, Supplier<Member> self)
      throws MembershipException {
    requireNonNull(settings, "settings is null");
    Registration registration = new Registration(settings, requireNonNull(self, "self is null"));
    registration.thread.start();
    return registration;
  }

  private void run() {
    try {
      do {
        keep();
      } while (!closed.await(failing ? retryMillis() : LOOK_MILLIS, TimeUnit.MILLISECONDS));
      leave();
    } catch (InterruptedException e) {
      log.debug("the registration was interrupted; the lease ends by itself", e);
    } finally {
      etcd.close();
    }
  }

  /** All workers of a cluster miss etcd at the same moment, and are not to return at one. */
  private long retryMillis() {
    Duration max = settings.lease().dividedBy(3);
    return TimeUnit.NANOSECONDS.toMillis(new Backoff(max, max).delayNanos(0));
  }

  /** Other workers that left without saying so, within a day; known to a minute. */
  public List<Member> lost() {
    return lost;
  }

  private void keep() throws InterruptedException {
    try {
      renew();
      Member member = self.get();
      if (!member.equals(written)) {
        put(member);
      }
      if (failing) {
        log.info("{}: registered again", etcd.name());
        failing = false;
      }
      if (System.nanoTime() - nextSeenNanos >= 0) {
        nextSeenNanos =
            System.nanoTime()
                + SEEN_NANOS / 4 * 3
                + ThreadLocalRandom.current().nextLong(SEEN_NANOS / 4);
        beSeen(member);
      }
    } catch (MembershipException e) {
      if (Etcd.isUnknownLease(e)) {
        lease = 0;
      }
      etcd.renew();
      if (!failing) {
        log.warn(
            "{}; the worker serves on, and registers again when etcd answers", e.getMessage(), e);
        failing = true;
      }
    } catch (RuntimeException e) {
      log.error("registering failed: internal error (bug); it is tried again", e);
    }
  }

  private void renew() throws MembershipException, InterruptedException {
    long now = System.nanoTime();
    if (lease != 0 && now - renewedNanos < settings.lease().toNanos() / 3) {
      return;
    }
    if (lease != 0) {
      try {
        etcd.answer(etcd.client().getLeaseClient().keepAliveOnce(lease));
      } catch (MembershipException e) {
        if (!Etcd.isUnknownLease(e)) {
          throw e;
        }
        log.warn("{}: the lease has ended; registering again", etcd.name());
        lease = 0;
      }
    }
    if (lease != 0) {
      requireWritten();
    }
    if (lease == 0) {
      written = null;
      long seconds = Math.max(1, settings.lease().toSeconds());
      lease = etcd.answer(etcd.client().getLeaseClient().grant(seconds)).getID();
    }
    renewedNanos = now;
  }

  /** The key may be deleted while its lease lives: by hand, or with all that is below a prefix. */
  private void requireWritten() throws MembershipException, InterruptedException {
    if (written != null) {
      ByteSequence key = key(written);
      if (etcd.answer(etcd.client().getKVClient().get(key)).getCount() == 0) {
        log.warn(
            "{}: the key of {} was deleted; registering again", etcd.name(), written.getWorkerId());
        written = null;
      }
    }
  }

  private ByteSequence key(Member member) {
    return Etcd.bytes(settings.workersPrefix() + member.getWorkerId());
  }

  private void put(Member member) throws MembershipException, InterruptedException {
    ByteSequence key = key(member);
    PutOption withLease = PutOption.builder().withLeaseId(lease).build();
    etcd.answer(etcd.client().getKVClient().put(key, Etcd.encode(member), withLease));
    written = member;
    log.info("{}: registered {} as {}", etcd.name(), member.getWorkerId(), member.getState());
  }

  /** An etcd that does not let this worker be remembered keeps it registered all the same. */
  private void beSeen(Member member) throws InterruptedException {
    try {
      renewSeenLease();
      Member seen = member.toBuilder().setSeenSeconds(LostMembers.now()).build();
      ByteSequence key = Etcd.bytes(settings.seenPrefix() + member.getWorkerId());
      PutOption withLease = PutOption.builder().withLeaseId(seenLease).build();
      etcd.answer(etcd.client().getKVClient().put(key, Etcd.encode(seen), withLease));
      lost = lostMembers.read();
      seenFailing = false;
    } catch (MembershipException e) {
      if (!seenFailing) {
        log.warn(
            "{}: {} cannot be written, so nobody will know that this worker is lost, should it be;"
                + " its user needs to read and write {}",
            e.getMessage(),
            settings.seenPrefix() + member.getWorkerId(),
            settings.seenPrefix(),
            e);
      }
      seenFailing = true;
    }
  }

  private void renewSeenLease() throws MembershipException, InterruptedException {
    if (seenLease != 0) {
      try {
        etcd.answer(etcd.client().getLeaseClient().keepAliveOnce(seenLease));
        return;
      } catch (MembershipException e) {
        if (!Etcd.isUnknownLease(e)) {
          throw e;
        }
        log.debug("{}: the lease of what is remembered has ended", etcd.name(), e);
      }
    }
    seenLease =
        etcd.answer(etcd.client().getLeaseClient().grant(LostMembers.MEMORY_SECONDS)).getID();
  }

  private void leave() throws InterruptedException {
    if (lease != 0) {
      try {
        if (seenLease != 0) {
          // First, so that nobody sees it gone and does not know why.
          etcd.answer(etcd.client().getLeaseClient().revoke(seenLease));
        }
        etcd.answer(etcd.client().getLeaseClient().revoke(lease));
      } catch (MembershipException e) {
        log.info("{}; the lease ends by itself", e.getMessage(), e);
      }
    }
  }

  /** Takes the worker out; waits for that, a few seconds at most. */
  @Override
  public void close() {
    closed.countDown();
    try {
      thread.join(CLOSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      thread.interrupt();
    }
  }
}
