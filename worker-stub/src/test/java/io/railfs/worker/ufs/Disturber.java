// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.ufs;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** Does something over and over on a thread of its own until it is closed. */
public final class Disturber implements AutoCloseable {
  private final AtomicInteger rounds = new AtomicInteger();
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private final Thread thread;
  private volatile boolean closed;

  /** One round. */
  public interface Round {
    void run(int number) throws Exception;
  }

  private Disturber(Round round) {
    thread =
        new Thread(
            () -> {
              try {
                while (!closed) {
                  round.run(rounds.getAndIncrement());
                }
              } catch (Exception e) {
                failure.set(e);
              }
            },
            "disturber");
  }

  public static Disturber start(Round round) {
    Disturber disturber = new Disturber(round);
    disturber.thread.start();
    return disturber;
  }

  public int rounds() {
    return rounds.get();
  }

  @Override
  public void close() {
    closed = true;
    try {
      thread.join(10_000);
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted while the disturber ended", e);
    }
    if (failure.get() != null) {
      throw new AssertionError("the disturber failed", failure.get());
    }
  }
}
