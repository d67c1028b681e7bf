// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.fetch;

import com.google.protobuf.MessageLite;
import io.netty.buffer.ByteBuf;
import io.railfs.client.FetchRequest;
import io.railfs.client.FetchSink;
import io.railfs.client.cluster.RemoteWorker;
import io.railfs.client.net.AttemptException;
import io.railfs.client.net.Connection;
import io.railfs.client.net.WorkerCall;
import io.railfs.protocol.Chunks;
import io.railfs.protocol.Frame;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.ReadReply;
import io.railfs.protocol.messages.ReadRequest;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * One READ for one run of chunks of a {@link Fetch}, or of its {@link Hedge}. Each piece goes to
 * the sink as it comes, then through a running CRC32C, which is compared at each chunk's end: the
 * bytes are touched while they are in the processor's cache.
 */
public final class ReadAttempt extends WorkerCall {
  /** Whose attempt it is. All methods are called by the connection's event loop. */
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
  private final int start;
  private final int length;
  private final boolean suspect;
  private final CRC32C crc = new CRC32C();
  private ReadReply reply;
  private int received;
  private int badChunks;
  private boolean reported;

  /** Offered to the socket for the next bytes, which are then in their place already. */
  private ByteBuf place;

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
    super(Opcode.READ, owner.request().deadlineNanos());
    this.owner = owner;
    this.worker = worker;
    this.connection = connection;
    this.start = start;
    this.length = length;
    this.suspect = suspect;
  }

  RemoteWorker worker() {
    return worker;
  }

  Connection connection() {
    return connection;
  }

  int start() {
    return start;
  }

  int length() {
    return length;
  }

  @Override
  protected boolean isSlow(long now) {
    return !reported && now - startedNanos() > worker.latency().slowNanos(length);
  }

  @Override
  protected void onSlow() {
    reported = true;
    owner.slow(this);
  }

  @Override
  protected MessageLite request() {
    FetchRequest request = owner.request();
    return ReadRequest.newBuilder()
        .setPath(request.path().toByteString())
        .setVersion(request.version().toMessage())
        .setOffset(request.offset() + start)
        .setLength(length)
        .setSuspect(suspect)
        .build();
  }

  @Override
  protected int payloadLength() {
    return length;
  }

  @Override
  protected void onReply(Frame frame) throws ProtocolException {
    reply = frame.parse(ReadReply.parser());
    if (reply.getChunkCrc32CCount() != Chunks.count(length)) {
      throw new ProtocolException(
          ErrorCode.INVALID_REQUEST,
          reply.getChunkCrc32CCount()
              + " checksums came where "
              + Chunks.count(length)
              + " were due");
    }
  }

  @Override
  protected ByteBuf place(int limit) {
    place = owner.place(start + received, limit);
    return place;
  }

  /** The very buffer is meant: two different ones with the same bytes are not in the same place. */
  @SuppressWarnings("ReferenceEquality")
  @Override
  protected void onPayload(ByteBuf piece) {
    int bytes = piece.readableBytes();
    worker.counters().received(bytes);
    if (piece != place) {
      owner.write(start + received, piece);
    }
    place = null;
    if (piece.nioBufferCount() == 1) {
      verify(piece.nioBuffer());
    } else {
      for (ByteBuffer part : piece.nioBuffers()) {
        verify(part);
      }
    }
  }

  private void verify(ByteBuffer bytes) {
    int end = bytes.limit();
    while (bytes.position() < end) {
      int chunkStart = (int) Chunks.alignDown(received);
      int chunkEnd = Math.min(length, chunkStart + Chunks.SIZE);
      int step = Math.min(end - bytes.position(), chunkEnd - received);
      bytes.limit(bytes.position() + step);
      crc.update(bytes);
      bytes.limit(end);
      received += step;
      if (received == chunkEnd) {
        endChunk(chunkStart, chunkEnd);
      }
    }
  }

  private void endChunk(int chunkStart, int chunkEnd) {
    if ((int) crc.getValue() == reply.getChunkCrc32C(chunkStart / Chunks.SIZE)) {
      owner.chunkVerified(start + chunkStart, chunkEnd - chunkStart);
    } else {
      badChunks++;
      worker.counters().checksumFailed();
    }
    crc.reset();
  }

  @Override
  protected void onEnd() {
    if (badChunks == 0) {
      worker.served(length, System.nanoTime() - startedNanos());
      owner.runVerified();
    } else {
      String message = connection.name() + " sent " + badChunks + " chunks whose checksum is wrong";
      owner.attemptFailed(new AttemptException(AttemptException.Kind.BAD_CHECKSUM, message));
    }
  }

  @Override
  protected void onFailure(AttemptException cause) {
    if (reply != null && cause.kind() == AttemptException.Kind.CONNECTION_LOST) {
      // So it looks when the worker's disk could not give what the worker had announced.
      owner.distrust();
    }
    worker.failed(cause);
    owner.attemptFailed(cause);
  }
}
