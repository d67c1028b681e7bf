// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.prefetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.railfs.mount.CopyTarget;
import io.railfs.mount.cache.FileKey;
import io.railfs.mount.cache.Page;
import io.railfs.mount.cache.PageCache;
import io.railfs.mount.cache.PageTarget;
import io.railfs.mount.cache.Pages;
import io.railfs.protocol.Chunks;
import io.railfs.protocol.Seed;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class PageFetchTest {
  private static final FileKey FILE = new FileKey(5, 6);

  @Test
  void bytesLandAtTheirPlaceInSeveralPagesWhateverPiecesTheyComeIn() throws InterruptedException {
    long seed = Seed.take();
    Random random = new Random(seed);
    PageCache cache = new PageCache(64L * Pages.SIZE, 16);
    Page first = cache.acquire(FILE, 0, Pages.SIZE, System.nanoTime());
    Page second = cache.acquire(FILE, 1, Pages.SIZE, System.nanoTime());
    Page third = cache.acquire(FILE, 2, 5000, System.nanoTime());
    int firstStart = 3 * Chunks.SIZE;
    byte[] content = new byte[Pages.SIZE - firstStart + Pages.SIZE + 5000];
    random.nextBytes(content);

    PageFetch fetch =
        new PageFetch(
            List.of(first.retain(), second.retain(), third.retain()), firstStart, content.length);
    int at = 0;
    while (at < content.length) {
      int count = Math.min(content.length - at, 1 + random.nextInt(50_000));
      ByteBuf piece = piece(content, at, count, random.nextBoolean());
      fetch.write(at, piece);
      piece.release();
      at += count;
    }
    for (int position = 0; position < content.length; position += Chunks.SIZE) {
      fetch.verified(position, Math.min(Chunks.SIZE, content.length - position));
    }
    fetch.completed();

    byte[] seen = new byte[content.length];
    PageTarget target = new CopyTarget(seen);
    first.putTo(target, 0, firstStart, Pages.SIZE - firstStart);
    second.putTo(target, Pages.SIZE - firstStart, 0, Pages.SIZE);
    third.putTo(target, 2 * Pages.SIZE - firstStart, 0, 5000);
    assertThat(seen).as("seed %d", seed).isEqualTo(content);
    assertThat(first.hasValid(0b11111000)).isTrue();
    assertThat(first.hasValid(0b00000100)).isFalse();
    assertThat(third.hasValid(third.allChunks())).isTrue();
    assertThat(third.allChunks()).isEqualTo(1);
  }

  /** A piece as one buffer, direct, or made of two. */
  private static ByteBuf piece(byte[] content, int at, int count, boolean composite) {
    if (!composite || count < 2) {
      return Unpooled.directBuffer(count).writeBytes(content, at, count);
    }
    CompositeByteBuf both = Unpooled.compositeBuffer();
    both.addComponent(true, Unpooled.copiedBuffer(content, at, count / 2));
    both.addComponent(true, Unpooled.copiedBuffer(content, at + count / 2, count - count / 2));
    return both;
  }
}
