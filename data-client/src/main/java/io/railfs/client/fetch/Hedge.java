// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.fetch;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.railfs.client.FetchRequest;
import io.railfs.client.cluster.RemoteWorker;
import io.railfs.client.net.AttemptException;
import io.railfs.client.net.Connection;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A second attempt beside a slow one, at another worker. Its bytes go to a buffer of its own, so
 * that nobody else writes where the slow attempt writes; the attempt that has all chunks first
 * wins.
 *
 * <p>Two event loops meet here, that of the slow attempt, which the fetch belongs to, and that of
 * this one. The state decides between them; the loop that moves it from RUNNING decides:
 *
 * <pre>
 *   RUNNING --all chunks are here (its loop)--> WON --the fetch takes them (the fetch's loop)--> OVER
 *      |                                         +----the slow attempt ended before (same)-----> OVER
 *      +--it failed (its loop)--> OVER
 *      +--the slow attempt ended (the fetch's loop)--> OVER; its loop drops it
 * </pre>
 */
public final class Hedge implements ReadAttempt.Owner {
  enum State {
    RUNNING,
    WON,
    OVER
  }

  /** The state, with its steps. Thread-safe; each step is made by one thread alone. */
  static final class Race {
    private final AtomicReference<State> state = new AtomicReference<>(State.RUNNING);

    /** All chunks are here; false where the slow attempt ended before. */
    boolean win() {
      return state.compareAndSet(State.RUNNING, State.WON);
    }

    /** The fetch takes the chunks; false where the slow attempt ended before. */
    boolean deliver() {
      return state.compareAndSet(State.WON, State.OVER);
    }

    /** The second attempt failed. */
    void fail() {
      boolean unused = state.compareAndSet(State.RUNNING, State.OVER);
    }

    /**
     * The slow attempt ended.
     *
     * @return the state until now: who finds WON has to release the chunks
     */
    State cancel() {
      return state.getAndSet(State.OVER);
    }
  }

  private final Fetch fetch;
  private final ReadAttempt slow;
  private final HedgeBudget hedges;
  private final ByteBuf bytes;
  private final Race race = new Race();
  private ReadAttempt attempt;

  private Hedge(Fetch fetch, ReadAttempt slow, HedgeBudget hedges, ByteBuf bytes) {
    this.fetch = requireNonNull(fetch, "fetch is null");
    this.slow = requireNonNull(slow, "slow is null");
    this.hedges = requireNonNull(hedges, "hedges is null");
    this.bytes = requireNonNull(bytes, "bytes is null");
  }

  /**
   * Asks another worker too; called by the slow attempt's loop.
   *
   * @param hedges has allowed it
   */
  static Hedge start(
      Fetch fetch,
      ReadAttempt slow,
      HedgeBudget hedges,
      RemoteWorker worker,
      Connection connection) {
    ByteBuf bytes = connection.channel().alloc().directBuffer(slow.length(), slow.length());
    Hedge hedge = new Hedge(fetch, slow, hedges, bytes);
    hedge.attempt = new ReadAttempt(hedge, worker, connection, slow.start(), slow.length(), false);
    worker.counters().attempt(true);
    connection.fetch(hedge.attempt);
    return hedge;
  }

  /** The slow attempt has ended, one way or the other; called by its loop. */
  void cancel() {
    State before = race.cancel();
    if (before == State.WON) {
      release();
    } else if (before == State.RUNNING) {
      Connection connection = attempt.connection();
      Runnable drop =
          () -> {
            if (connection.drop(attempt)) {
              release();
            }
          };
      if (!connection.execute(drop)) {
        release();
      }
    }
  }

  private void release() {
    bytes.release();
    hedges.end(attempt.length());
  }

  @Override
  public FetchRequest request() {
    return fetch.request();
  }

  @Override
  public ByteBuf place(int position, int limit) {
    return null;
  }

  @Override
  public void write(int position, ByteBuf piece) {
    int at = position - slow.start();
    bytes.setBytes(at, piece, piece.readerIndex(), piece.readableBytes());
  }

  @Override
  public void chunkVerified(int position, int length) {}

  @Override
  public void runVerified() {
    if (!race.win()) {
      release();
    } else if (!slow.connection().execute(this::deliver)) {
      cancel();
    }
  }

  /** On the slow attempt's loop. */
  private void deliver() {
    if (!race.deliver()) {
      return;
    }
    try {
      if (slow.connection().drop(slow)) {
        hedges.won();
        fetch.take(slow, bytes);
      }
    } finally {
      release();
    }
  }

  @Override
  public void attemptFailed(AttemptException cause) {
    // The slow attempt is not touched by it; its own end decides what follows.
    race.fail();
    release();
  }

  @Override
  public void distrust() {}

  @Override
  public void slow(ReadAttempt hedge) {}
}
