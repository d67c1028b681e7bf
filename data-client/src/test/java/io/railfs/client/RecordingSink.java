// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** Keeps what a fetch brings and every breach of the {@link FetchSink} contract. */
class RecordingSink implements FetchSink {
  final byte[] bytes;
  final CompletableFuture<Void> end = new CompletableFuture<>();
  final Queue<String> breaches = new ConcurrentLinkedQueue<>();
  final AtomicInteger verifiedBytes = new AtomicInteger();
  volatile long endNanos;
  private final BitSet verified = new BitSet();

  /** Where bytes arrive, by {@link #write} or in their place. */
  private final ByteBuffer arrived;

  private int asked;
  private final AtomicInteger inside = new AtomicInteger();
  private boolean ended;

  RecordingSink(int length) {
    bytes = new byte[length];
    arrived = ByteBuffer.allocateDirect(length);
  }

  /** Mostly a place, of odd lengths; sometimes none. */
  @Override
  public ByteBuf place(int position, int limit) {
    enter("place");
    inside.decrementAndGet();
    if (++asked % 4 == 0) {
      return null;
    }
    int length = Math.min(limit, 9_973);
    if (verified.get(position, position + length).cardinality() > 0) {
      breaches.add("a place was asked for verified bytes at " + position);
    }
    return Unpooled.wrappedBuffer(arrived.slice(position, length)).clear();
  }

  @Override
  public void write(int position, ByteBuf piece) {
    enter("write");
    if (verified.get(position, position + piece.readableBytes()).cardinality() > 0) {
      breaches.add("verified bytes were written again at " + position);
    }
    piece.getBytes(piece.readerIndex(), arrived.slice(position, piece.readableBytes()));
    inside.decrementAndGet();
  }

  @Override
  public void verified(int position, int length) {
    enter("verified");
    if (verified.get(position, position + length).cardinality() > 0) {
      breaches.add("a chunk was verified again at " + position);
    }
    verified.set(position, position + length);
    verifiedBytes.addAndGet(length);
    arrived.get(position, bytes, position, length);
    inside.decrementAndGet();
  }

  @Override
  public void completed() {
    enter("completed");
    if (verified.cardinality() != bytes.length) {
      breaches.add("completed with " + verified.cardinality() + " bytes of " + bytes.length);
    }
    ended = true;
    endNanos = System.nanoTime();
    inside.decrementAndGet();
    end.complete(null);
  }

  @Override
  public void failed(ClusterException cause) {
    enter("failed");
    ended = true;
    endNanos = System.nanoTime();
    inside.decrementAndGet();
    end.completeExceptionally(cause);
  }

  void assertHolds(String path, long offset) {
    assertThat(breaches).isEmpty();
    assertThat(bytes).isEqualTo(Content.of(path, offset, bytes.length));
  }

  private void enter(String call) {
    if (inside.getAndIncrement() != 0) {
      breaches.add(call + " while another call runs");
    }
    if (ended) {
      breaches.add(call + " after the end");
    }
  }
}
