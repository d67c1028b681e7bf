// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.cache;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.railfs.protocol.Chunks;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * What becomes of a chunk that was fetched ahead: it counts once, as read or as wasted, and the
 * privilege of its page ends once.
 */
public final class PrefetchStateStress {
  private PrefetchStateStress() {}

  private static int toInt(boolean value) {
    return value ? 1 : 0;
  }

  /** A page whose first chunk was fetched ahead. */
  private static final class Fetched {
    private final PrefetchState.Counters counters = new PrefetchState.Counters();
    private final PrefetchState state = new PrefetchState(true, Chunks.SIZE, counters);

    Fetched() {
      state.fetched(1);
    }

    int read() {
      return (int) (counters.snapshot().readBytes() / Chunks.SIZE);
    }

    int wasted() {
      return (int) (counters.snapshot().wastedBytes() / Chunks.SIZE);
    }
  }

  /** One reads, one evicts. */
  @JCStressTest
  @Outcome(id = "1, 0, 1, 0", expect = ACCEPTABLE, desc = "read, then evicted")
  @Outcome(id = "0, 1, 0, 1", expect = ACCEPTABLE, desc = "evicted, then read by who held it")
  @State
  public static class ReadOrGivenUp {
    private final Fetched page = new Fetched();

    @Actor
    public void read(IIII_Result result) {
      result.r1 = toInt(page.state.read(1));
    }

    @Actor
    public void evict(IIII_Result result) {
      result.r2 = toInt(page.state.giveUp());
    }

    @Arbiter
    public void end(IIII_Result result) {
      result.r3 = page.read();
      result.r4 = page.wasted();
    }
  }

  /** Two read the same chunk. */
  @JCStressTest
  @Outcome(id = "1, 0, 1, 0", expect = ACCEPTABLE, desc = "the first ended the privilege")
  @Outcome(id = "0, 1, 1, 0", expect = ACCEPTABLE, desc = "the second ended it")
  @State
  public static class ReadTwice {
    private final Fetched page = new Fetched();

    @Actor
    public void first(IIII_Result result) {
      result.r1 = toInt(page.state.read(1));
    }

    @Actor
    public void second(IIII_Result result) {
      result.r2 = toInt(page.state.read(1));
    }

    @Arbiter
    public void end(IIII_Result result) {
      result.r3 = page.read();
      result.r4 = page.wasted();
    }
  }

  /** Its fetch fails while somebody reads: the privilege is the reader's to end. */
  @JCStressTest
  @Outcome(id = "1, 1, 0", expect = ACCEPTABLE, desc = "counted as read")
  @Outcome(id = "1, 0, 1", expect = ACCEPTABLE, desc = "counted as wasted")
  @State
  public static class ReadOrLost {
    private final Fetched page = new Fetched();

    @Actor
    public void read(III_Result result) {
      result.r1 = toInt(page.state.read(1));
    }

    @Actor
    public void fail() {
      page.state.lost(1);
    }

    @Arbiter
    public void end(III_Result result) {
      result.r2 = page.read();
      result.r3 = page.wasted();
    }
  }
}
