// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fuse;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * {@link ReadyThreads}: no thread rests for ever where one is needed. A call that is lost hangs the
 * test, which jcstress and {@code ConcurrencyTest} end.
 */
public final class ReadyThreadsStress {
  private ReadyThreadsStress() {}

  private static ReadyThreads withTwoWaiting() {
    ReadyThreads threads = new ReadyThreads(2);
    begin(threads);
    begin(threads);
    return threads;
  }

  private static int begin(ReadyThreads threads) {
    try {
      return threads.begin() ? 1 : 0;
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts it", e);
    }
  }

  /** One that rests, or is about to, is called when a waiting one gets work. */
  @JCStressTest
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "waits for a request")
  @State
  public static class RestingIsCalled {
    private final ReadyThreads threads = withTwoWaiting();

    @Actor
    public void work() {
      threads.end();
    }

    @Actor
    public void wait(I_Result result) {
      result.r1 = begin(threads);
    }
  }

  /** One that rests, or is about to, ends with the session. */
  @JCStressTest
  @Outcome(id = "0", expect = ACCEPTABLE, desc = "there is nothing to wait for")
  @State
  public static class RestingEnds {
    private final ReadyThreads threads = withTwoWaiting();

    @Actor
    public void close() {
      threads.close(1);
    }

    @Actor
    public void wait(I_Result result) {
      result.r1 = begin(threads);
    }
  }

  /** No more than the limit wait at a time. */
  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the first waits")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "the second waits")
  @State
  public static class LimitHolds {
    private final ReadyThreads threads = new ReadyThreads(1);

    public LimitHolds() {
      threads.close(2);
    }

    @Actor
    public void first(II_Result result) {
      result.r1 = begin(threads);
    }

    @Actor
    public void second(II_Result result) {
      result.r2 = begin(threads);
    }
  }
}
