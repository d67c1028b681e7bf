// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.FileRegion;
import io.netty.util.ReferenceCounted;
import io.railfs.protocol.Checksums;
import io.railfs.protocol.Chunks;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RailPath;
import io.railfs.worker.store.disk.BlockKey;
import io.railfs.worker.store.disk.FileId;
import io.railfs.worker.store.disk.StoreException;
import io.railfs.worker.store.disk.StoreSettings;
import io.railfs.worker.ufs.UfsException;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A store and a source over a {@link MemoryUfs}. */
final class StoreFixture implements AutoCloseable {
  static final int BLOCK = Chunks.MIN_BLOCK_SIZE;
  static final int LARGE_BLOCK = 4 << 20;
  static final int LOADERS = 2;

  final MemoryUfs ufs = new MemoryUfs();
  final BlockStore store;
  final BlockSource source;
  final BlockAdmin admin;

  private StoreFixture(BlockStore store, int blockSize, long bufferTimeoutMillis) {
    this.store = store;
    this.source = new BlockSource(store, ufs, blockSize, 2, LOADERS, bufferTimeoutMillis);
    this.admin = new BlockAdmin(store, source, LOADERS);
  }

  static StoreFixture open(long capacity, Path... directories) throws StoreException {
    return new StoreFixture(BlockStore.open(settings(capacity, directories)), BLOCK, 300);
  }

  /** With blocks that are loaded in parts. */
  static StoreFixture openLarge(long capacity, Path... directories) throws StoreException {
    return new StoreFixture(BlockStore.open(settings(capacity, directories)), LARGE_BLOCK, 300);
  }

  /** Settings with a probe that comes soon. */
  static StoreSettings settings(long capacity, Path... directories) {
    return new StoreSettings(List.of(directories), capacity, 0, 64, 2, 95, 90, 50, 50);
  }

  static FileId file(String path, long size) {
    return file(path, size, 1);
  }

  static FileId file(String path, long size, long mtime) {
    return file(path, size, mtime, BLOCK);
  }

  static FileId file(String path, long size, long mtime, int blockSize) {
    try {
      return new FileId(
          MemoryUfs.IDENTITY, RailPath.of(path), new FileVersion(size, mtime, ""), blockSize);
    } catch (ProtocolException e) {
      throw new AssertionError(e);
    }
  }

  /** Starts to get a block that the store has taken; a failure ends the future. */
  CompletableFuture<Block> start(FileId id, int index) {
    CompletableFuture<Block> future = new CompletableFuture<>();
    source.open(id, index, 0, BlockAdmin.length(id, index), waiter(future, true));
    return future;
  }

  /** Starts to get bytes of a block; a failure ends the future. */
  CompletableFuture<Block> start(FileId id, int index, int start, int length) {
    CompletableFuture<Block> future = new CompletableFuture<>();
    source.open(id, index, start, length, waiter(future, false));
    return future;
  }

  CompletableFuture<Block> startVerified(FileId id, int index) {
    CompletableFuture<Block> future = new CompletableFuture<>();
    int length = BlockAdmin.length(id, index);
    source.openVerified(id, index, 0, length, waiter(future, true));
    return future;
  }

  private static BlockWaiter waiter(CompletableFuture<Block> future, boolean isForStore) {
    return new BlockWaiter() {
      @Override
      public void ready(Block block) {
        assertThat(future.complete(block)).isTrue();
      }

      @Override
      public void failed(UfsException cause) {
        assertThat(future.completeExceptionally(cause)).isTrue();
      }

      @Override
      public boolean isForStore() {
        return isForStore;
      }
    };
  }

  static Block await(CompletableFuture<Block> future) throws Exception {
    return future.get(60, TimeUnit.SECONDS);
  }

  /** Gets a block and checks every byte and checksum. */
  void check(FileId id, int index) throws Exception {
    check(await(start(id, index)), id, index);
  }

  /** Checks a block, whose reference it takes over. */
  static void check(Block block, FileId id, int index) throws IOException {
    assertThat(block.length()).isEqualTo(BlockAdmin.length(id, index));
    checkRange(block, id, index, 0, block.length());
  }

  /** Checks bytes of a block, whose reference it takes over. */
  static void checkRange(Block block, FileId id, int index, int from, int length)
      throws IOException {
    long start = (long) index * id.blockSize() + from;
    byte[] bytes = bytes(block, from, length);
    for (int i = 0; i < length; i++) {
      if (bytes[i] != MemoryUfs.byteAt(start + i)) {
        throw new AssertionError("byte " + (start + i) + " of " + id.path() + " differs");
      }
    }
    int[] crcs = Checksums.ofChunks(ByteBuffer.wrap(bytes));
    for (int i = 0; i < crcs.length; i++) {
      assertThat(block.chunkCrc(from / Chunks.SIZE + i)).isEqualTo(crcs[i]);
    }
  }

  /** What a channel would send; takes over a reference of the block. */
  static byte[] bytes(Block block, int offset, int count) throws IOException {
    ReferenceCounted payload = block.payload(UnpooledByteBufAllocator.DEFAULT, offset, count);
    try {
      if (payload instanceof ByteBuf copy) {
        return ByteBufUtil.getBytes(copy);
      }
      FileRegion region = (FileRegion) payload;
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      WritableByteChannel channel = Channels.newChannel(out);
      while (region.transferred() < region.count()) {
        region.transferTo(channel, region.transferred());
      }
      return out.toByteArray();
    } finally {
      payload.release();
    }
  }

  /** Block files of a directory, quarantine apart; some may be evicted meanwhile. */
  static List<Path> blockFiles(Path directory) {
    List<Path> blocks = new ArrayList<>();
    for (File shard : listed(directory.toFile())) {
      if (shard.getName().length() == 2) {
        for (File file : listed(shard)) {
          if (BlockKey.parse(file.getName()) != null) {
            blocks.add(file.toPath());
          }
        }
      }
    }
    return blocks;
  }

  private static File[] listed(File directory) {
    File[] files = directory.listFiles();
    return files == null ? new File[0] : files;
  }

  static int count(Path directory) {
    return blockFiles(directory).size();
  }

  static long size(Path directory) {
    return blockFiles(directory).stream().mapToLong(file -> file.toFile().length()).sum();
  }

  @Override
  public void close() {
    admin.close();
    source.close();
    store.close();
  }
}
