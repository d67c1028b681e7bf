// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.fetch;

import io.netty.buffer.ByteBuf;
import io.railfs.client.FetchRequest;
import io.railfs.client.FetchSink;
import io.railfs.client.cluster.RemoteWorker;
import io.railfs.client.net.AttemptException;
import io.railfs.client.net.BlockRead;
import io.railfs.client.net.Connection;

/** One attempt at one run of chunks of a {@link Fetch}, or of its {@link Hedge}. */
public final class ReadAttempt extends BlockRead {
  /** Whose attempt it is. All methods are called by one thread at a time. */
  interface Owner {
    FetchRequest request();

    /** As {@link FetchSink#place}. */
    ByteBuf place(int position, int limit);

    /** As {@link FetchSink#write}. */
    void write(int position, ByteBuf bytes);

    void chunkVerified(int position, int length);

    /** An attempt brought everything it asked for. */
    void runVerified();

    void attemptFailed(AttemptException cause);

    /** From now on workers are to verify their copy before they send it. */
    void distrust();

    /** It takes longer than such a fetch takes usually. */
    void slow(ReadAttempt attempt);
  }

  private final Owner owner;
  private final RemoteWorker worker;
  private final Connection connection;
  private boolean reported;

  /**
   * @param start bytes from the start of the fetch
   * @param length bytes of the run
   * @param suspect whether the worker is to verify its copy first
   */
  ReadAttempt(
      Owner owner,
      RemoteWorker worker,
      Connection connection,
      int start,
      int length,
      boolean suspect) {
    super(owner.request(), start, length, suspect);
    this.owner = owner;
    this.worker = worker;
    this.connection = connection;
  }

  RemoteWorker worker() {
    return worker;
  }

  Connection connection() {
    return connection;
  }

  @Override
  protected boolean isSlow(long now) {
    return !reported && now - startedNanos() > worker.latency().slowNanos(length());
  }

  @Override
  protected void onSlow() {
    reported = true;
    owner.slow(this);
  }

  @Override
  protected ByteBuf placeAt(int position, int limit) {
    return owner.place(position, limit);
  }

  @Override
  protected void writeAt(int position, ByteBuf bytes) {
    owner.write(position, bytes);
  }

  @Override
  protected void arrivedBytes(int bytes) {
    worker.counters().received(bytes);
  }

  @Override
  protected void chunkVerified(int position, int bytes) {
    owner.chunkVerified(position, bytes);
  }

  @Override
  protected void chunkBad() {
    worker.counters().checksumFailed();
  }

  @Override
  protected void ended(int bad) {
    if (bad == 0) {
      worker.served(length(), System.nanoTime() - startedNanos());
      owner.runVerified();
    } else {
      String message = connection.name() + " sent " + bad + " chunks whose checksum is wrong";
      owner.attemptFailed(new AttemptException(AttemptException.Kind.BAD_CHECKSUM, message));
    }
  }

  @Override
  protected void onFailure(AttemptException cause) {
    if (isAnswered() && cause.kind() == AttemptException.Kind.CONNECTION_LOST) {
      // So it looks when the worker's disk could not give what the worker had announced.
      owner.distrust();
    }
    worker.failed(cause);
    owner.attemptFailed(cause);
  }
}
