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
import io.railfs.worker.ufs.UfsException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A store and a source over a {@link MemoryUfs}. */
final class StoreFixture implements AutoCloseable {
  static final int BLOCK = Chunks.MIN_BLOCK_SIZE;
  static final int LOADERS = 2;

  final MemoryUfs ufs = new MemoryUfs();
  final BlockStore store;
  final BlockSource source;

  private StoreFixture(BlockStore store, long bufferTimeoutMillis) {
    this.store = store;
    this.source = new BlockSource(store, ufs, BLOCK, 2, LOADERS, bufferTimeoutMillis);
  }

  static StoreFixture open(long capacity, Path... directories) throws StoreException {
    StoreSettings settings = new StoreSettings(List.of(directories), capacity, 0, 64, 2);
    return new StoreFixture(BlockStore.open(settings, (long) LOADERS * (BLOCK + 4096)), 300);
  }

  static FileId file(String path, long size) {
    return file(path, size, 1);
  }

  static FileId file(String path, long size, long mtime) {
    try {
      return new FileId(RailPath.of(path), new FileVersion(size, mtime, ""), BLOCK);
    } catch (ProtocolException e) {
      throw new AssertionError(e);
    }
  }

  /** Starts to get a block; a failure ends the future. */
  CompletableFuture<Block> start(FileId id, int index) {
    CompletableFuture<Block> future = new CompletableFuture<>();
    source.open(id, index, waiter(future));
    return future;
  }

  CompletableFuture<Block> startVerified(FileId id, int index) {
    CompletableFuture<Block> future = new CompletableFuture<>();
    source.openVerified(id, index, waiter(future));
    return future;
  }

  private static BlockWaiter waiter(CompletableFuture<Block> future) {
    return new BlockWaiter() {
      @Override
      public void ready(Block block) {
        assertThat(future.complete(block)).isTrue();
      }

      @Override
      public void failed(UfsException cause) {
        assertThat(future.completeExceptionally(cause)).isTrue();
      }
    };
  }

  static Block await(CompletableFuture<Block> future) throws Exception {
    return future.get(20, TimeUnit.SECONDS);
  }

  /** Gets a block and checks every byte and checksum. */
  void check(FileId id, int index) throws Exception {
    check(await(start(id, index)), id, index);
  }

  /** Checks a block, whose reference it takes over. */
  static void check(Block block, FileId id, int index) throws IOException {
    long start = (long) index * BLOCK;
    int length = Chunks.blockLength(id.version().size(), BLOCK, index);
    assertThat(block.length()).isEqualTo(length);
    byte[] bytes = bytes(block, 0, length);
    for (int i = 0; i < length; i++) {
      if (bytes[i] != MemoryUfs.byteAt(start + i)) {
        throw new AssertionError("byte " + (start + i) + " of " + id.path() + " differs");
      }
    }
    int[] crcs = Checksums.ofChunks(ByteBuffer.wrap(bytes));
    for (int i = 0; i < crcs.length; i++) {
      assertThat(block.chunkCrc(i)).isEqualTo(crcs[i]);
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

  static List<Path> blockFiles(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(
              file ->
                  BlockKey.parse(String.valueOf(file.getFileName())) != null
                      && !file.startsWith(directory.resolve("quarantine")))
          .toList();
    }
  }

  /** Block files of a directory, quarantine apart. */
  static int count(Path directory) {
    try {
      return blockFiles(directory).size();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static long size(Path directory) throws IOException {
    long sum = 0;
    for (Path file : blockFiles(directory)) {
      sum += Files.size(file);
    }
    return sum;
  }

  @Override
  public void close() {
    source.close();
    store.close();
  }
}
