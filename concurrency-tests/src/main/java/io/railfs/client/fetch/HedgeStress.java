// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.fetch;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/** A {@link Hedge} and its budget: the buffer goes back once, the bounds hold. */
public final class HedgeStress {
  private HedgeStress() {}

  /** The second attempt has all its bytes while the slow one ends. */
  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the slow attempt ended the hedge")
  @State
  public static class WinMeetsCancel {
    private final Hedge.Race race = new Hedge.Race();
    private final AtomicInteger releases = new AtomicInteger();
    private volatile boolean won;

    @Actor
    public void win() {
      if (race.win()) {
        won = true;
      } else {
        releases.incrementAndGet();
      }
    }

    @Actor
    public void cancel() {
      if (race.cancel() == Hedge.State.WON) {
        releases.incrementAndGet();
      }
    }

    /** On the loop of the slow attempt, so after the cancellation: nothing is taken any more. */
    @Arbiter
    public void deliver(II_Result result) {
      boolean taken = won && race.deliver();
      result.r1 = releases.get() + (taken ? 1 : 0);
      result.r2 = taken ? 1 : 0;
    }
  }

  /** The loop of the slow attempt is gone: both sides cancel. */
  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the first releases")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "the second releases")
  @State
  public static class CancelMeetsCancel {
    private final Hedge.Race race = new Hedge.Race();

    public CancelMeetsCancel() {
      race.win();
    }

    @Actor
    public void first(II_Result result) {
      result.r1 = race.cancel() == Hedge.State.WON ? 1 : 0;
    }

    @Actor
    public void second(II_Result result) {
      result.r2 = race.cancel() == Hedge.State.WON ? 1 : 0;
    }
  }

  /** Savings for one second attempt are spent once. */
  @JCStressTest
  @Outcome(id = "1, 0, 8", expect = ACCEPTABLE, desc = "the first begins")
  @Outcome(id = "0, 1, 8", expect = ACCEPTABLE, desc = "the second begins")
  @State
  public static class SavingsAreSpentOnce {
    private final HedgeBudget hedges = new HedgeBudget(100, 100);

    public SavingsAreSpentOnce() {
      hedges.earn();
    }

    @Actor
    public void first(III_Result result) {
      result.r1 = hedges.begin(8) ? 1 : 0;
    }

    @Actor
    public void second(III_Result result) {
      result.r2 = hedges.begin(8) ? 1 : 0;
    }

    @Arbiter
    public void end(III_Result result) {
      result.r3 = (int) hedges.bytes();
    }
  }

  /** Two that do not fit together do not both begin, and leave no bytes behind where refused. */
  @JCStressTest
  @Outcome(id = "1, 0, 8", expect = ACCEPTABLE, desc = "the first begins")
  @Outcome(id = "0, 1, 8", expect = ACCEPTABLE, desc = "the second begins")
  @Outcome(id = "0, 0, 0", expect = ACCEPTABLE, desc = "each saw the bytes of the other")
  @State
  public static class BytesAreBounded {
    private final HedgeBudget hedges = new HedgeBudget(100, 10);

    public BytesAreBounded() {
      hedges.earn();
      hedges.earn();
    }

    @Actor
    public void first(III_Result result) {
      result.r1 = hedges.begin(8) ? 1 : 0;
    }

    @Actor
    public void second(III_Result result) {
      result.r2 = hedges.begin(8) ? 1 : 0;
    }

    @Arbiter
    public void end(III_Result result) {
      result.r3 = (int) hedges.bytes();
    }
  }
}
