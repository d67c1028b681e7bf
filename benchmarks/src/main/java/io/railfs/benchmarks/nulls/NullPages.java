// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.nulls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.railfs.client.FetchRequest;
import io.railfs.client.FetchSink;
import io.railfs.client.PageSource;
import io.railfs.protocol.Chunks;

/** Answers every fetch before it returns, with bytes of memory that are the same everywhere. */
final class NullPages implements PageSource {
  private static final int BLOCK = 4 << 20;

  private final ByteBuf bytes = Unpooled.directBuffer(BLOCK, BLOCK).writerIndex(BLOCK);

  @Override
  public int blockSize() {
    return BLOCK;
  }

  @Override
  public void fetch(FetchRequest request, FetchSink sink) {
    sink.write(0, bytes.slice(0, request.length()));
    for (int at = 0; at < request.length(); at += Chunks.SIZE) {
      sink.verified(at, Math.min(Chunks.SIZE, request.length() - at));
    }
    sink.completed();
  }

  @Override
  public boolean hasRoomForPrefetch() {
    return true;
  }
}
