// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.railfs.client.ClusterTestBase;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class FetchGateTest {
  private final FetchGate gate = new FetchGate(100);
  private final List<String> events = new ArrayList<>();

  @Test
  void entriesPassUntilTheLimitAndThenInOrder() {
    enter("a", 60, 60_000);
    enter("b", 60, 60_000);
    enter("c", 10, 60_000);
    assertThat(events).containsExactly("a admitted");
    assertThat(gate.waiting()).isEqualTo(2);
    gate.release(60);
    assertThat(events).containsExactly("a admitted", "b admitted", "c admitted");
    assertThat(gate.inFlight()).isEqualTo(70);
  }

  @Test
  void entryLargerThanTheLimitPassesAlone() {
    enter("a", 1, 60_000);
    enter("large", 500, 60_000);
    assertThat(events).containsExactly("a admitted");
    gate.release(1);
    assertThat(events).containsExactly("a admitted", "large admitted");
  }

  @Test
  void expiredEntryLeavesItsPlaceToTheNext() {
    enter("a", 60, 60_000);
    enter("b", 60, 0);
    enter("c", 10, 60_000);
    gate.expire(System.nanoTime());
    assertThat(events).containsExactly("a admitted", "b expired", "c admitted");
    assertThat(gate.waiting()).isZero();
  }

  @Test
  void closedGateTurnsEveryoneAway() {
    enter("a", 100, 60_000);
    enter("b", 1, 60_000);
    gate.close();
    enter("c", 1, 60_000);
    assertThat(events).containsExactly("a admitted", "b closed", "c closed");
  }

  @Test
  void manyThreadsNeverExceedTheLimitAndNobodyIsForgotten() throws Exception {
    AtomicLong inside = new AtomicLong();
    AtomicLong most = new AtomicLong();
    AtomicInteger passed = new AtomicInteger();
    int threads = 8;
    int each = 20_000;
    CountDownLatch done = new CountDownLatch(threads * each);
    for (int t = 0; t < threads; t++) {
      int bytes = 10 + t * 5;
      new Thread(
              () -> {
                for (int i = 0; i < each; i++) {
                  gate.enter(
                      new Entry("", bytes, 100_000) {
                        @Override
                        public void admitted() {
                          most.accumulateAndGet(inside.addAndGet(bytes), Math::max);
                          inside.addAndGet(-bytes);
                          passed.incrementAndGet();
                          gate.release(bytes);
                          done.countDown();
                        }
                      });
                }
              })
          .start();
    }
    assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(passed).hasValue(threads * each);
    assertThat(most).hasValueLessThanOrEqualTo(100);
    assertThat(gate.inFlight()).isZero();
    assertThat(gate.waiting()).isZero();
  }

  private void enter(String name, int bytes, long millis) {
    gate.enter(new Entry(name, bytes, millis));
  }

  private class Entry implements FetchGate.Entry {
    private final String name;
    private final int bytes;
    private final long deadlineNanos;

    Entry(String name, int bytes, long millis) {
      this.name = name;
      this.bytes = bytes;
      deadlineNanos = ClusterTestBase.in(millis);
    }

    @Override
    public int bytes() {
      return bytes;
    }

    @Override
    public long deadlineNanos() {
      return deadlineNanos;
    }

    @Override
    public void admitted() {
      events.add(name + " admitted");
    }

    @Override
    public void expired() {
      events.add(name + " expired");
    }

    @Override
    public void closed() {
      events.add(name + " closed");
    }
  }

  /** Expires between the look at its bytes and its admission, as another thread may do it. */
  private final class Hasty implements FetchGate.Entry {
    private final long deadlineNanos = System.nanoTime();
    private boolean armed;

    @Override
    public int bytes() {
      if (armed) {
        armed = false;
        gate.expire(System.nanoTime());
      }
      return 60;
    }

    @Override
    public long deadlineNanos() {
      return deadlineNanos;
    }

    @Override
    public void admitted() {
      events.add("admitted");
    }

    @Override
    public void expired() {
      events.add("expired");
    }

    @Override
    public void closed() {
      events.add("closed");
    }
  }

  @Test
  void bytesOfAnEntryThatExpiresWhileItIsAdmittedAreGivenBack() {
    enter("a", 100, 60_000);
    Hasty hasty = new Hasty();
    gate.enter(hasty);
    hasty.armed = true;
    gate.release(100);
    assertThat(events).containsExactly("a admitted", "expired");
    assertThat(gate.waiting()).isZero();
    assertThat(gate.inFlight()).isZero();
  }
}
