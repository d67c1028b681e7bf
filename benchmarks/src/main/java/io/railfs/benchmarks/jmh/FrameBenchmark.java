// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.jmh;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import io.railfs.protocol.Chunks;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.Frame;
import io.railfs.protocol.FrameDecoder;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.ReadReply;
import io.railfs.protocol.messages.ReadRequest;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A request of a mount made to bytes, and a reply of a worker made from bytes. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FrameBenchmark {
  private final ByteBufAllocator allocator = PooledByteBufAllocator.DEFAULT;
  private final EmbeddedChannel channel = new EmbeddedChannel(new FrameDecoder(1 << 20));
  private final ReadRequest request =
      ReadRequest.newBuilder()
          .setPath(RailPath.ROOT.toByteString())
          .setVersion(new FileVersion(1L << 30, 1L << 60, "").toMessage())
          .setOffset(1 << 20)
          .setLength(1 << 20)
          .build();

  /** Chunks in the reply: of a random read, and of a stream. */
  @Param({"1", "64"})
  public int chunks;

  private ByteBuf reply;

  /** Makes the reply. */
  @Setup
  public void encodeReply() {
    ReadReply.Builder body = ReadReply.newBuilder();
    for (int i = 0; i < chunks; i++) {
      body.addChunkCrc32C(i);
    }
    int length = chunks * Chunks.SIZE;
    ByteBuf head = Frame.reply(allocator, Opcode.READ, 1, body.build(), false, length);
    reply = Unpooled.directBuffer(head.readableBytes() + length);
    reply.writeBytes(head).writeZero(length);
    head.release();
  }

  /** Frees it. */
  @TearDown
  public void close() {
    reply.release();
    channel.finishAndReleaseAll();
  }

  @Benchmark
  public int encodeRequest() {
    ByteBuf frame = Frame.request(allocator, Opcode.READ, 1, request);
    int length = frame.readableBytes();
    frame.release();
    return length;
  }

  /** Its pipeline included; the payload is passed on, not copied. */
  @Benchmark
  public int decodeReply() {
    channel.writeInbound(reply.retainedDuplicate());
    int parts = 0;
    for (Object part = channel.readInbound(); part != null; part = channel.readInbound()) {
      ReferenceCountUtil.release(part);
      parts++;
    }
    return parts;
  }
}
