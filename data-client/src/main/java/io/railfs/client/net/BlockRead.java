// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.net;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.MessageLite;
import io.netty.buffer.ByteBuf;
import io.railfs.client.FetchRequest;
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
 * One run of chunks of one block, asked of one worker over one connection, whatever brings its
 * bytes. Each piece goes to its place as it comes, then through a running CRC32C, which is compared
 * at each chunk's end: the bytes are touched while they are in the processor's cache.
 *
 * <p>It is the one object of a read: over TCP it is the call too, so that the seam costs nothing.
 */
public abstract class BlockRead extends WorkerCall {
  private final FetchRequest fetch;
  private final int start;
  private final int length;
  private final boolean suspect;
  private final CRC32C crc = new CRC32C();
  private ReadReply reply;

  /** Of all chunks of the block, where they are known; then {@link #firstChunk} counts. */
  private int[] blockCrcs;

  private int firstChunk;
  private int received;
  private int badChunks;

  /** Offered for the next bytes, which are then in their place already. */
  private ByteBuf place;

  /**
   * @param fetch that it belongs to
   * @param start bytes from the start of the fetch
   * @param length bytes of the run
   * @param suspect whether the worker is to verify its copy first
   */
  protected BlockRead(FetchRequest fetch, int start, int length, boolean suspect) {
    super(Opcode.READ, fetch.deadlineNanos());
    this.fetch = requireNonNull(fetch, "fetch is null");
    this.start = start;
    this.length = length;
    this.suspect = suspect;
  }

  /** As FetchSink.place. */
  protected abstract ByteBuf placeAt(int position, int limit);

  /** As FetchSink.write. */
  protected abstract void writeAt(int position, ByteBuf bytes);

  /** Bytes came, right ones or not. */
  protected abstract void arrivedBytes(int bytes);

  protected abstract void chunkVerified(int position, int bytes);

  protected abstract void chunkBad();

  /**
   * All bytes have come.
   *
   * @param bad how many chunks had another checksum
   */
  protected abstract void ended(int bad);

  /** The fetch that it belongs to. */
  protected final FetchRequest fetch() {
    return fetch;
  }

  /** Bytes from the start of the fetch. */
  public final int start() {
    return start;
  }

  /** Bytes of the run. */
  public final int length() {
    return length;
  }

  /** Whether the worker has announced the bytes. */
  protected final boolean isAnswered() {
    return reply != null;
  }

  final boolean isSuspect() {
    return suspect;
  }

  /** Bytes from the start of the file. */
  final long offset() {
    return fetch.offset() + start;
  }

  /** Chunks that came with another checksum. */
  final int badChunks() {
    return badChunks;
  }

  /** Bytes that have come. */
  final int received() {
    return received;
  }

  @Override
  protected final MessageLite request() {
    return ReadRequest.newBuilder()
        .setPath(fetch.path().toByteString())
        .setVersion(fetch.version().toMessage())
        .setOffset(offset())
        .setLength(length)
        .setSuspect(suspect)
        .build();
  }

  @Override
  protected final int payloadLength() {
    return length;
  }

  @Override
  protected final void onReply(Frame frame) throws ProtocolException {
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

  /**
   * The checksums, where they do not come with a reply.
   *
   * @param crcs of all chunks of the block
   * @param blockStart bytes from the start of the file
   */
  final void expect(int[] crcs, long blockStart) {
    blockCrcs = crcs;
    firstChunk = (int) ((offset() - blockStart) / Chunks.SIZE);
  }

  @Override
  protected final ByteBuf place(int limit) {
    place = placeAt(start + received, limit);
    return place;
  }

  /** The very buffer is meant: two different ones with the same bytes are not in the same place. */
  @SuppressWarnings("ReferenceEquality")
  @Override
  protected final void onPayload(ByteBuf piece) {
    int bytes = piece.readableBytes();
    arrivedBytes(bytes);
    if (piece != place) {
      writeAt(start + received, piece);
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
    if ((int) crc.getValue() == expected(chunkStart / Chunks.SIZE)) {
      chunkVerified(start + chunkStart, chunkEnd - chunkStart);
    } else {
      badChunks++;
      chunkBad();
    }
    crc.reset();
  }

  private int expected(int chunk) {
    return blockCrcs == null ? reply.getChunkCrc32C(chunk) : blockCrcs[firstChunk + chunk];
  }

  @Override
  protected final void onEnd() {
    ended(badChunks);
  }
}
