// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.railfs.client.net.AttemptException;
import io.railfs.fabric.Transport;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class ConnectionWaitersTest {
  private final List<String> ends = new ArrayList<>();

  /** Notes its end, and fails at it. */
  private final class Failing implements ConnectionWaiters.Entry {
    private final String name;

    Failing(String name) {
      this.name = name;
    }

    @Override
    public int bytes() {
      return 10;
    }

    @Override
    public long deadlineNanos() {
      return System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    }

    @Override
    public void opened() {
      ends.add(name + " opened");
      throw new OutOfMemoryError("because the test says so");
    }

    @Override
    public void notOpened(AttemptException cause) {
      ends.add(name + " " + cause.kind());
      throw new IllegalStateException("because the test says so");
    }
  }

  @Test
  void anEntryThatFailsDoesNotKeepTheOthersFromTheirEnd() {
    try (Transport transport = Transport.create("test-waiters", 1)) {
      ConnectionWaiters waiters = new ConnectionWaiters(transport.group(), "w1", () -> {});
      long minute = TimeUnit.MINUTES.toNanos(1);
      waiters.enter(new Failing("a"), minute);
      waiters.enter(new Failing("b"), minute);
      assertThat(waiters.isEmpty()).isFalse();
      assertThat(waiters.bytes()).isEqualTo(20);
      waiters.admit();
      assertThat(ends).containsExactly("a opened", "b opened");
      waiters.enter(new Failing("c"), minute);
      waiters.enter(new Failing("d"), minute);
      waiters.refuse(new AttemptException(AttemptException.Kind.NOT_OPENED, "none"));
      assertThat(ends).containsExactly("a opened", "b opened", "c NOT_OPENED", "d NOT_OPENED");
      assertThat(waiters.isEmpty()).isTrue();
      assertThat(waiters.bytes()).isZero();
    }
  }
}
