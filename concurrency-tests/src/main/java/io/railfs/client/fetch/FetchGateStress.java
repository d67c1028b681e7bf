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
import org.openjdk.jcstress.infra.results.IIII_Result;
import org.openjdk.jcstress.infra.results.III_Result;

/** {@link FetchGate}: nobody is forgotten in the line, nobody passes twice or above the limit. */
public final class FetchGateStress {
  private static final int LIMIT = 10;

  private FetchGateStress() {}

  /** Counts the calls that it gets. */
  private static final class Fetcher implements FetchGate.Entry {
    private final int bytes;
    private final AtomicInteger admitted = new AtomicInteger();
    private final AtomicInteger turnedAway = new AtomicInteger();

    Fetcher(int bytes) {
      this.bytes = bytes;
    }

    @Override
    public int bytes() {
      return bytes;
    }

    /** Passed already, so that a look for those past their deadline ends it if it waits. */
    @Override
    public long deadlineNanos() {
      return 0;
    }

    @Override
    public void admitted() {
      admitted.incrementAndGet();
    }

    @Override
    public void expired() {
      turnedAway.incrementAndGet();
    }

    @Override
    public void closed() {
      turnedAway.incrementAndGet();
    }
  }

  private static FetchGate fullGate() {
    FetchGate gate = new FetchGate(LIMIT);
    gate.enter(new Fetcher(LIMIT));
    return gate;
  }

  /** Comes while the last one leaves. */
  @JCStressTest
  @Outcome(id = "1, 10, 0", expect = ACCEPTABLE, desc = "passed, at once or from the line")
  @State
  public static class EnterMeetsRelease {
    private final FetchGate gate = fullGate();
    private final Fetcher next = new Fetcher(LIMIT);

    @Actor
    public void leave() {
      gate.release(LIMIT);
    }

    @Actor
    public void come() {
      gate.enter(next);
    }

    @Arbiter
    public void end(III_Result result) {
      result.r1 = next.admitted.get();
      result.r2 = (int) gate.inFlight();
      result.r3 = gate.waiting();
    }
  }

  /** Two leave while a large one waits. */
  @JCStressTest
  @Outcome(id = "1, 10, 0", expect = ACCEPTABLE, desc = "passed after both")
  @State
  public static class ReleaseMeetsRelease {
    private final FetchGate gate = new FetchGate(LIMIT);
    private final Fetcher next = new Fetcher(LIMIT);

    public ReleaseMeetsRelease() {
      gate.enter(new Fetcher(LIMIT / 2));
      gate.enter(new Fetcher(LIMIT / 2));
      gate.enter(next);
    }

    @Actor
    public void first() {
      gate.release(LIMIT / 2);
    }

    @Actor
    public void second() {
      gate.release(LIMIT / 2);
    }

    @Arbiter
    public void end(III_Result result) {
      result.r1 = next.admitted.get();
      result.r2 = (int) gate.inFlight();
      result.r3 = gate.waiting();
    }
  }

  /** Two come where there is room for one. */
  @JCStressTest
  @Outcome(id = "1, 0, 6, 1", expect = ACCEPTABLE, desc = "the first passed")
  @Outcome(id = "0, 1, 6, 1", expect = ACCEPTABLE, desc = "the second passed")
  @State
  public static class LimitHolds {
    private final FetchGate gate = new FetchGate(LIMIT);
    private final Fetcher first = new Fetcher(6);
    private final Fetcher second = new Fetcher(6);

    @Actor
    public void first() {
      gate.enter(first);
    }

    @Actor
    public void second() {
      gate.enter(second);
    }

    @Arbiter
    public void end(IIII_Result result) {
      result.r1 = first.admitted.get();
      result.r2 = second.admitted.get();
      result.r3 = (int) gate.inFlight();
      result.r4 = gate.waiting();
    }
  }

  /** The deadline of one that waits meets the room that it waits for. */
  @JCStressTest
  @Outcome(id = "1, 0, 10, 0", expect = ACCEPTABLE, desc = "passed")
  @Outcome(id = "0, 1, 0, 0", expect = ACCEPTABLE, desc = "its deadline came first")
  @State
  public static class ExpireMeetsRelease {
    private final FetchGate gate = fullGate();
    private final Fetcher next = new Fetcher(LIMIT);

    public ExpireMeetsRelease() {
      gate.enter(next);
    }

    @Actor
    public void leave() {
      gate.release(LIMIT);
    }

    @Actor
    public void expire() {
      gate.expire(1);
    }

    @Arbiter
    public void end(IIII_Result result) {
      result.r1 = next.admitted.get();
      result.r2 = next.turnedAway.get();
      result.r3 = (int) gate.inFlight();
      result.r4 = gate.waiting();
    }
  }

  /** One comes while the gate is closed: it is turned away, not forgotten. */
  @JCStressTest
  @Outcome(id = "0, 1, 10, 0", expect = ACCEPTABLE, desc = "turned away")
  @State
  public static class EnterMeetsClose {
    private final FetchGate gate = fullGate();
    private final Fetcher next = new Fetcher(LIMIT);

    @Actor
    public void close() {
      gate.close();
    }

    @Actor
    public void come() {
      gate.enter(next);
    }

    @Arbiter
    public void end(IIII_Result result) {
      result.r1 = next.admitted.get();
      result.r2 = next.turnedAway.get();
      result.r3 = (int) gate.inFlight();
      result.r4 = gate.waiting();
    }
  }
}
