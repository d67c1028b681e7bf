// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store;

import static java.util.Objects.requireNonNull;

import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.telemetry.Durations;
import io.railfs.worker.store.disk.BlockKey;
import io.railfs.worker.store.disk.FileId;
import io.railfs.worker.tasks.TaskPool;
import io.railfs.worker.ufs.Ufs;
import io.railfs.worker.ufs.UfsException;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Blocks for whoever asks: from an open file at once, from the disk by one pool of threads, from
 * the UFS by another, so that a UFS that hangs does not keep stored blocks from being read. However
 * many wait for a block, it is opened or loaded once. Thread-safe.
 */
public final class BlockSource implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(BlockSource.class);

  private static final int DISK_QUEUE = 16_384;
  private static final int LOAD_QUEUE = 4_096;

  /** Buffers for each loader: one being filled, one perhaps being sent from. */
  private static final int BUFFERS_PER_LOADER = 2;

  private final BlockStore store;
  private final Ufs ufs;
  private final int blockSize;
  private final BlockLoader loader;
  private final TaskPool disk;
  private final TaskPool loaders;
  private final BlockFlights opening = new BlockFlights();
  private final Flights<BlockKey, Runnable> verifying = new Flights<>();
  private final Durations opens = new Durations();
  private final Durations loads = new Durations();
  private volatile boolean closed;
  private volatile boolean draining;

  /**
   * @param store stays the caller's, to be closed after this
   * @param ufs stays the caller's, to be closed after this
   * @param blockSize bytes
   * @param diskThreads files opened or verified at once
   * @param loaders blocks loaded at once
   * @param bufferTimeoutMillis longest wait of a load for memory
   */
  public BlockSource(
      BlockStore store,
      Ufs ufs,
      int blockSize,
      int diskThreads,
      int loaders,
      long bufferTimeoutMillis) {
    this.store = requireNonNull(store, "store is null");
    this.ufs = requireNonNull(ufs, "ufs is null");
    this.blockSize = blockSize;
    BufferPool buffers = new BufferPool(blockSize, BUFFERS_PER_LOADER * loaders, loaders);
    this.loader = new BlockLoader(ufs, store, opening, buffers, bufferTimeoutMillis);
    this.disk = new TaskPool("railfs-disk", diskThreads, DISK_QUEUE);
    this.loaders = new TaskPool("railfs-load", loaders, LOAD_QUEUE);
  }

  /** A version of a file in the UFS that the path leads to. Never blocks. */
  public FileId file(RailPath path, FileVersion version) throws UfsException {
    return new FileId(ufs.identity(path), path, version, blockSize);
  }

  /** The block if its file is open already, else null. The caller owns a reference. */
  public Block peek(FileId id, int index) {
    return store.peek(id, index);
  }

  /**
   * Starts to get bytes of a block and returns at once; the waiter may be called before. The block
   * that it gets has these bytes and their checksums, and perhaps no others yet.
   *
   * @param start bytes from the start of the block, a chunk boundary
   * @param length bytes, as many as the block has or up to a chunk boundary
   */
  public void open(FileId id, int index, int start, int length, BlockWaiter waiter) {
    BlockKey key = id.key(index);
    BlockRange range = new BlockRange(start, length, waiter);
    switch (opening.join(key, range)) {
      case FIRST -> {
        try {
          if (!disk.tryExecute(() -> fromDisk(id, key))) {
            fail(key, busy());
          }
        } catch (RuntimeException | Error e) {
          broken(id, key, e);
        }
      }
      case SERVED -> {
        store.counters().partialAdder().increment();
        store.counters().missAdder().increment();
      }
      case WAITS -> log.trace("joined the load of block {}", key);
    }
  }

  /** As {@link #open}, after every chunk of a stored copy was checked. */
  public void openVerified(FileId id, int index, int start, int length, BlockWaiter waiter) {
    BlockKey key = id.key(index);
    if (verifying.join(key, () -> open(id, index, start, length, waiter))
        && !disk.tryExecute(() -> verify(id, key))) {
      verifying.land(key).forEach(Runnable::run);
    }
  }

  /**
   * Gets a stored block for a reader on this host; never loads.
   *
   * @param ready called once, by any thread: with the block, whose descriptor is its to close, or
   *     with null where the store does not have it now
   */
  public void share(FileId id, int index, Consumer<SharedBlock> ready) {
    Runnable look =
        () -> {
          SharedBlock shared = null;
          try {
            shared = closed ? null : store.share(id, index);
          } finally {
            ready.accept(shared);
          }
        };
    if (!disk.tryExecute(look)) {
      ready.accept(null);
    }
  }

  private void verify(FileId id, BlockKey key) {
    try {
      store.verify(id, key.index());
    } finally {
      verifying.land(key).forEach(Runnable::run);
    }
  }

  private void fromDisk(FileId id, BlockKey key) {
    if (closed) {
      fail(key, busy());
      return;
    }
    try {
      long start = System.nanoTime();
      Block block = store.read(id, key.index());
      if (block != null) {
        opens.add(System.nanoTime() - start);
        complete(key, block, store.counters().hitAdder());
      } else if (draining) {
        fail(key, new UfsException(ErrorCode.BUSY, "the worker is draining; ask another one"));
      } else if (!loaders.tryExecute(() -> fromUfs(id, key))) {
        fail(key, busy());
      }
    } catch (RuntimeException | Error e) {
      broken(id, key, e);
    }
  }

  private void fromUfs(FileId id, BlockKey key) {
    if (closed) {
      fail(key, busy());
      return;
    }
    try {
      long start = System.nanoTime();
      Block block = loader.load(id, key.index());
      loads.add(System.nanoTime() - start);
      complete(key, block, store.counters().missAdder());
    } catch (UfsException e) {
      store.counters().loadFailureAdder().increment();
      fail(key, e);
    } catch (RuntimeException | Error e) {
      store.counters().loadFailureAdder().increment();
      broken(id, key, e);
    }
  }

  /** Hands the block, whose reference it takes over, to everyone who waits, and counts them. */
  private void complete(BlockKey key, Block block, LongAdder counter) {
    List<BlockRange> waiting = opening.land(key);
    counter.add(waiting.size());
    try {
      for (BlockRange range : waiting) {
        block.retain();
        range.ready(block);
      }
    } finally {
      block.release();
    }
  }

  private void fail(BlockKey key, UfsException cause) {
    opening.land(key).forEach(range -> range.failed(cause));
  }

  /**
   * Whatever it was, an OutOfMemoryError too: a flight that nobody ends would keep everyone who
   * asks for its block waiting from then on. Logged last, for that may fail again.
   */
  private void broken(FileId id, BlockKey key, Throwable cause) {
    fail(
        key,
        new UfsException(
            ErrorCode.WORKER_FAILED,
            "the worker failed at '" + id.path() + "'; see its log",
            cause));
    log.error(
        "getting a block of {} failed, and its readers get an error: an internal error (bug) of"
            + " RailFS, or there is no memory",
        id.path(),
        cause);
  }

  /** Whether blocks that are not stored are refused, so that clients ask another worker. */
  public void drain(boolean wanted) {
    draining = wanted;
  }

  public boolean isDraining() {
    return draining;
  }

  /** How long it took to open stored blocks whose files were not open. */
  public Durations openDurations() {
    return opens;
  }

  /** How long it took to load blocks from the UFS. */
  public Durations loadDurations() {
    return loads;
  }

  private static UfsException busy() {
    return new UfsException(
        ErrorCode.BUSY, "the worker has too many reads waiting; try again later or elsewhere");
  }

  /** Ends the threads; reads that wait are refused. */
  @Override
  public void close() {
    closed = true;
    loaders.close();
    disk.close();
  }
}
