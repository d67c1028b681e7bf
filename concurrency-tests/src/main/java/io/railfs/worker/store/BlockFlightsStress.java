// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.railfs.protocol.Chunks;
import io.railfs.worker.store.disk.BlockKey;
import io.railfs.worker.ufs.UfsException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/** {@link BlockFlights} and the references of a {@link Block}: every waiter is served once. */
public final class BlockFlightsStress {
  private static final BlockKey KEY = new BlockKey(1, 2, 3);

  private BlockFlightsStress() {}

  /** Counts its calls and gives its reference back. */
  private static final class Reader implements BlockWaiter {
    private final AtomicInteger served = new AtomicInteger();

    @Override
    public void ready(Block block) {
      served.incrementAndGet();
      block.release();
    }

    @Override
    public void failed(UfsException cause) {
      throw new IllegalStateException("no load of the test fails", cause);
    }

    BlockRange range() {
      return new BlockRange(0, Chunks.SIZE, this);
    }
  }

  /** A flight that a loader has begun, with the block that it loads. */
  private static final class Load {
    private final BlockFlights flights = new BlockFlights();
    private final BufferPool pool = new BufferPool(1, 1, 0);
    private final MemoryBlock block = new MemoryBlock(take(pool), Chunks.SIZE, pool);

    Load() {
      flights.join(KEY, new BlockRange(Chunks.SIZE, Chunks.SIZE, new Reader()));
    }

    void publish() {
      flights.publish(KEY, block, 0, 1);
    }

    /** Whether this waiter is among those that get the end of the load. */
    int lands(Reader reader) {
      return flights.land(KEY).stream().anyMatch(range -> range.waiter() == reader) ? 1 : 0;
    }

    /** Whether the loader has the last reference. */
    int isFreedByLoader() {
      boolean early = take(pool) != null;
      block.release();
      return !early && take(pool) != null ? 1 : 0;
    }
  }

  private static ByteBuffer take(BufferPool pool) {
    try {
      return pool.take(0);
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts it", e);
    }
  }

  /** One of those who come for the same block loads it. */
  @JCStressTest
  @Outcome(id = "1, 0, 2", expect = ACCEPTABLE, desc = "the first loads it")
  @Outcome(id = "0, 1, 2", expect = ACCEPTABLE, desc = "the second loads it")
  @State
  public static class OneLoads {
    private final BlockFlights flights = new BlockFlights();

    private int join() {
      BlockFlights.Joined joined = flights.join(KEY, new Reader().range());
      return joined == BlockFlights.Joined.FIRST ? 1 : 0;
    }

    @Actor
    public void first(III_Result result) {
      result.r1 = join();
    }

    @Actor
    public void second(III_Result result) {
      result.r2 = join();
    }

    @Arbiter
    public void end(III_Result result) {
      result.r3 = flights.land(KEY).size();
    }
  }

  /** One comes while its bytes are published: it gets them, once, with a reference of its own. */
  @JCStressTest
  @Outcome(id = "1, 0, 1", expect = ACCEPTABLE, desc = "served")
  @State
  public static class JoinMeetsPublish {
    private final Load load = new Load();
    private final Reader reader = new Reader();

    @Actor
    public void publish() {
      load.publish();
    }

    @Actor
    public void join() {
      load.flights.join(KEY, reader.range());
    }

    @Arbiter
    public void end(III_Result result) {
      result.r1 = reader.served.get();
      result.r2 = load.lands(reader);
      result.r3 = load.isFreedByLoader();
    }
  }

  /** One comes while the block is withdrawn: it is served before, or gets the end of the load. */
  @JCStressTest
  @Outcome(id = "1, 0, 1", expect = ACCEPTABLE, desc = "served before")
  @Outcome(id = "0, 1, 1", expect = ACCEPTABLE, desc = "waits for the end")
  @State
  public static class JoinMeetsWithdraw {
    private final Load load = new Load();
    private final Reader reader = new Reader();

    public JoinMeetsWithdraw() {
      load.publish();
    }

    @Actor
    public void withdraw() {
      load.flights.withdraw(KEY);
    }

    @Actor
    public void join() {
      load.flights.join(KEY, reader.range());
    }

    @Arbiter
    public void end(III_Result result) {
      result.r1 = reader.served.get();
      result.r2 = load.lands(reader);
      result.r3 = load.isFreedByLoader();
    }
  }

  /** One comes while the load ends: it gets that end, or begins the next load. */
  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "gets the end")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "begins the next load")
  @State
  public static class JoinMeetsLand {
    private final Load load = new Load();
    private final Reader reader = new Reader();

    @Actor
    public void land(II_Result result) {
      result.r1 = load.lands(reader);
    }

    @Actor
    public void join(II_Result result) {
      BlockFlights.Joined joined = load.flights.join(KEY, reader.range());
      result.r2 = joined == BlockFlights.Joined.FIRST ? 1 : 0;
    }
  }

  /** The buffer goes back once, with the last reference; no reference is had after that. */
  @JCStressTest
  @Outcome(id = "1, 1, 0", expect = ACCEPTABLE, desc = "came in time")
  @Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "came after the last release")
  @State
  public static class LastRelease {
    private final BufferPool pool = new BufferPool(1, 1, 0);
    private final MemoryBlock block = new MemoryBlock(take(pool), Chunks.SIZE, pool);

    @Actor
    public void evict() {
      block.release();
    }

    @Actor
    public void find(III_Result result) {
      if (block.tryRetain()) {
        result.r1 = 1;
        block.release();
      }
    }

    @Arbiter
    public void end(III_Result result) {
      result.r2 = take(pool) == null ? 0 : 1;
      result.r3 = block.tryRetain() ? 1 : 0;
    }
  }
}
