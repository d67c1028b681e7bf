// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.cache;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.railfs.client.ClusterException;
import io.railfs.protocol.Chunks;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** Claim, settle and release of a {@link Page}. */
public final class PageStress {
  private static final FileKey FILE = new FileKey(1, 2);

  /** Bytes of a slot: few, as many thousand pages exist at a time. */
  private static final int SLOT_BYTES = 16;

  /** For pages that nobody writes to and nobody releases. */
  private static final Slab SHARED = new Slab(1, SLOT_BYTES);

  private static final int SHARED_SLOT = SHARED.tryTake();

  private PageStress() {}

  private static Page page(Slab slab, int slot) {
    int length = 3 * Chunks.SIZE;
    PrefetchState prefetch = new PrefetchState(false, length, new PrefetchState.Counters());
    return new Page(new PageCache.Key().set(FILE, 0), length, slab, slot, prefetch);
  }

  private static Page page() {
    return page(SHARED, SHARED_SLOT);
  }

  private static ClusterException cause() {
    return new ClusterException(ClusterException.Failure.IO, "the fetch of the test failed");
  }

  private static int toInt(boolean value) {
    return value ? 1 : 0;
  }

  /** Each chunk is claimed by one thread. */
  @JCStressTest
  @Outcome(id = "3, 4", expect = ACCEPTABLE, desc = "the first took the chunk that both want")
  @Outcome(id = "1, 6", expect = ACCEPTABLE, desc = "the second took it")
  @State
  public static class ClaimedByOne {
    private final Page page = page();

    @Actor
    public void first(II_Result result) {
      result.r1 = page.claim(0b011);
    }

    @Actor
    public void second(II_Result result) {
      result.r2 = page.claim(0b110);
    }
  }

  /** Who sees a chunk as valid sees its bytes. */
  @JCStressTest
  @Outcome(id = "-1", expect = ACCEPTABLE, desc = "not valid yet")
  @Outcome(id = "7", expect = ACCEPTABLE, desc = "valid, with its byte")
  @State
  public static class ValidHasItsBytes {
    private final Slab slab = new Slab(1, SLOT_BYTES);
    private final Page page = page(slab, slab.tryTake());

    public ValidHasItsBytes() {
      page.claim(1);
    }

    @Actor
    public void fetch() {
      page.memory(0, 1).put((byte) 7);
      page.markValid(1);
    }

    @Actor
    public void read(I_Result result) {
      result.r1 = page.hasValid(1) ? slab.buffer(0).get(0) : -1;
    }
  }

  /** A waiter that was taken is called once; one that was not finds its chunks settled. */
  @JCStressTest
  @Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "waited and was called")
  @Outcome(id = "0, 0, 1", expect = ACCEPTABLE, desc = "came too late to wait")
  @State
  public static class WaiterOfValidChunk {
    private final Page page = page();
    private final AtomicInteger calls = new AtomicInteger();

    public WaiterOfValidChunk() {
      page.claim(1);
    }

    @Actor
    public void fetch() {
      page.markValid(1);
    }

    @Actor
    public void read(III_Result result) {
      result.r1 = toInt(page.whenSettled(1, calls::incrementAndGet));
    }

    @Arbiter
    public void end(III_Result result) {
      result.r2 = calls.get();
      result.r3 = toInt(page.hasValid(1));
    }
  }

  /** The same where the fetch fails. */
  @JCStressTest
  @Outcome(id = "1, 1, 0", expect = ACCEPTABLE, desc = "waited and was called")
  @Outcome(id = "0, 0, 0", expect = ACCEPTABLE, desc = "came too late to wait")
  @State
  public static class WaiterOfFailedChunk {
    private final Page page = page();
    private final AtomicInteger calls = new AtomicInteger();

    public WaiterOfFailedChunk() {
      page.claim(1);
    }

    @Actor
    public void fetch() {
      page.giveUp(1, cause());
    }

    @Actor
    public void read(III_Result result) {
      result.r1 = toInt(page.whenSettled(1, calls::incrementAndGet));
    }

    @Arbiter
    public void end(III_Result result) {
      result.r2 = calls.get();
      result.r3 = toInt(page.hasValid(1));
    }
  }

  /** A thread that waits is woken long before its deadline. */
  @JCStressTest
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "the chunk is valid")
  @State
  public static class ThreadIsWoken {
    private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Page page = page();

    public ThreadIsWoken() {
      page.claim(1);
    }

    @Actor
    public void fetch() {
      page.markValid(1);
    }

    @Actor
    public void read(I_Result result) {
      try {
        result.r1 = toInt(page.await(1, System.nanoTime() + DEADLINE_NANOS));
      } catch (InterruptedException e) {
        throw new IllegalStateException("nobody interrupts it", e);
      }
    }
  }

  /** A chunk that was given up can be claimed again, by one thread. */
  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "claimed after it was given up")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "came before that; the next claim gets it")
  @State
  public static class ClaimAfterFailure {
    private final Page page = page();

    public ClaimAfterFailure() {
      page.claim(1);
    }

    @Actor
    public void fetch() {
      page.giveUp(1, cause());
    }

    @Actor
    public void read(II_Result result) {
      result.r1 = page.claim(1);
    }

    @Arbiter
    public void end(II_Result result) {
      result.r2 = page.claim(1);
    }
  }

  /** The slot goes back once, with the last reference; no reference is had after that. */
  @JCStressTest
  @Outcome(id = "1, 0, 0", expect = ACCEPTABLE, desc = "found the page in time")
  @Outcome(id = "0, 0, 0", expect = ACCEPTABLE, desc = "came after the last release")
  @State
  public static class LastRelease {
    private final Slab slab = new Slab(1, SLOT_BYTES);
    private final Page page = page(slab, slab.tryTake());

    @Actor
    public void evict() {
      page.release();
    }

    @Actor
    public void find(III_Result result) {
      if (page.tryRetain()) {
        result.r1 = 1;
        page.release();
      }
    }

    @Arbiter
    public void end(III_Result result) {
      result.r2 = slab.used();
      result.r3 = toInt(page.tryRetain());
    }
  }
}
