// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.prefetch;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.railfs.client.ClusterException;
import io.railfs.client.FetchSink;
import io.railfs.mount.cache.Page;
import io.railfs.mount.cache.Pages;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Fills a run of claimed chunks, which may span several pages, from one fetch. It holds a reference
 * on each page from its making to its end, so the memory it writes to stays its own however the
 * cache changes meanwhile.
 */
public final class PageFetch implements FetchSink {
  private final List<Page> pages;
  private final int firstStart;
  private final int length;

  /**
   * Takes over one reference on each page.
   *
   * @param pages consecutive pages of one file
   * @param firstStart where the run begins in the first page, a chunk boundary
   * @param length bytes of the run
   */
  public PageFetch(List<Page> pages, int firstStart, int length) {
    this.pages = pages;
    this.firstStart = firstStart;
    this.length = length;
  }

  @Override
  public ByteBuf place(int position, int limit) {
    int at = firstStart + position;
    int start = at % Pages.SIZE;
    int count = Math.min(limit, Pages.SIZE - start);
    return Unpooled.wrappedBuffer(pages.get(at / Pages.SIZE).memory(start, count)).clear();
  }

  @Override
  public void write(int position, ByteBuf bytes) {
    int at = firstStart + position;
    int index = bytes.readerIndex();
    int left = bytes.readableBytes();
    while (left > 0) {
      int start = at % Pages.SIZE;
      int count = Math.min(left, Pages.SIZE - start);
      write(pages.get(at / Pages.SIZE), start, bytes, index, count);
      at += count;
      index += count;
      left -= count;
    }
  }

  private static void write(Page page, int start, ByteBuf source, int index, int count) {
    if (source.nioBufferCount() == 1) {
      page.write(start, source.internalNioBuffer(index, count), count);
      return;
    }
    int at = start;
    for (ByteBuffer part : source.nioBuffers(index, count)) {
      page.write(at, part, part.remaining());
      at += part.remaining();
    }
  }

  @Override
  public void verified(int position, int chunkLength) {
    int at = firstStart + position;
    int start = at % Pages.SIZE;
    pages.get(at / Pages.SIZE).markValid(Pages.chunks(start, start + chunkLength));
  }

  @Override
  public void completed() {
    releaseAll();
  }

  @Override
  public void failed(ClusterException cause) {
    for (int i = 0; i < pages.size(); i++) {
      Page page = pages.get(i);
      int start = i == 0 ? firstStart : 0;
      int end = Math.min(Pages.SIZE, firstStart + length - i * Pages.SIZE);
      page.giveUp(Pages.chunks(start, end), cause);
    }
    releaseAll();
  }

  private void releaseAll() {
    pages.forEach(Page::release);
  }
}
