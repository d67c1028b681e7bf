// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.railfs.worker.store.disk.BlockKey;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The files of the blocks read of late, open and with their checksums. Thread-safe. */
final class OpenFiles implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(OpenFiles.class);

  private static final long CLOSE_TIMEOUT_SECONDS = 5;

  private final ExecutorService closer =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "railfs-store");
            thread.setDaemon(true);
            return thread;
          });
  private final Cache<BlockKey, FileBlock> blocks;

  /**
   * @param most files kept open
   */
  OpenFiles(int most) {
    blocks =
        Caffeine.newBuilder()
            .maximumSize(most)
            .executor(closer)
            .<BlockKey, FileBlock>removalListener((key, block, cause) -> letGo(block))
            .build();
  }

  /** The block, of which the caller owns a reference, or null. Never blocks. */
  FileBlock get(BlockKey key) {
    FileBlock block = blocks.getIfPresent(key);
    return block == null || !block.tryRetain() ? null : block;
  }

  /** Keeps a block, with a reference of its own, and returns it. */
  FileBlock keep(FileBlock block) {
    block.retain();
    blocks.put(block.stored().key(), block);
    return block;
  }

  void drop(BlockKey key) {
    blocks.invalidate(key);
  }

  private static void letGo(FileBlock block) {
    if (block != null) {
      block.release();
    }
  }

  @Override
  public void close() {
    blocks.invalidateAll();
    blocks.cleanUp();
    closer.shutdown();
    try {
      if (!closer.awaitTermination(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        log.warn("the store's thread hangs in a disk; it is a daemon and ends with the process");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
