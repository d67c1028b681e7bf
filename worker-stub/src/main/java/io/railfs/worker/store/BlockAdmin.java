// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store;

import static java.util.Objects.requireNonNull;

import io.railfs.protocol.Chunks;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.worker.store.disk.FileId;
import io.railfs.worker.store.disk.Freed;
import io.railfs.worker.store.disk.StoredBlock;
import io.railfs.worker.store.evict.Pinning;
import io.railfs.worker.ufs.UfsException;
import java.util.ArrayDeque;
import java.util.Queue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What people and programs ask of a store besides reading: to load, free, check, pin and unpin
 * blocks. Thread-safe.
 *
 * <p>Loads go the way of reads, so that a block is loaded once whoever asks; but only a share of
 * the loaders works for them at a time, and the others wait here in line, so that a read that
 * misses never stands behind a dataset that is being loaded.
 */
public final class BlockAdmin implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(BlockAdmin.class);

  /** Loads that may wait in line. */
  private static final int MAX_WAITING = 16_384;

  private final BlockStore store;
  private final BlockSource source;
  private final int mostAtOnce;

  /** Guarded by itself, with the two numbers. */
  private final Queue<Load> line = new ArrayDeque<>();

  private int running;

  /** Whether a thread starts loads: whoever else wants to leaves it to that one. */
  private boolean starting;

  private boolean closed;

  /** What became of a block that was to be loaded. */
  public enum Loaded {
    LOADED,
    /** It was in the store. */
    PRESENT,
    /** It was loaded, but no directory took it. */
    UNSTORED
  }

  /** Waits for a load. Exactly one method is called, once, by any thread; it must not block. */
  public interface LoadWaiter {
    /**
     * The load has ended.
     *
     * @param bytes of the block
     */
    void done(Loaded how, int bytes);

    void failed(UfsException cause);
  }

  /**
   * What the store has of a block.
   *
   * @param cached whether it is in the store
   * @param pinned whether it is also pinned
   */
  public record BlockState(boolean cached, boolean pinned) {}

  /**
   * Over a store and its source, which stay the caller's.
   *
   * @param loaders of the source; three quarters of them may work for loads asked for here
   */
  public BlockAdmin(BlockStore store, BlockSource source, int loaders) {
    this.store = requireNonNull(store, "store is null");
    this.source = requireNonNull(source, "source is null");
    this.mostAtOnce = Math.max(1, loaders * 3 / 4);
  }

  /** A version of a file in the UFS that the path leads to. */
  public FileId file(RailPath path, FileVersion version) throws UfsException {
    return source.file(path, version);
  }

  /** Bytes of a block. */
  public static int length(FileId id, int index) {
    return Chunks.blockLength(id.version().size(), id.blockSize(), index);
  }

  /**
   * Has a block loaded where it is not stored, and pins it where that is wished. May look on disks
   * before it returns.
   */
  public void load(FileId id, int index, boolean pin, LoadWaiter waiter) {
    Load load = new Load(id, index, pin, waiter);
    StoredBlock stored = readable(id, index);
    if (stored != null) {
      load.end(Loaded.PRESENT);
      return;
    }
    boolean refused;
    synchronized (line) {
      refused = closed || line.size() >= MAX_WAITING;
      if (!refused) {
        line.add(load);
      }
    }
    if (refused) {
      waiter.failed(
          new UfsException(
              ErrorCode.BUSY, "the worker has too many loads waiting; try again later"));
    } else {
      startNext();
    }
  }

  private StoredBlock readable(FileId id, int index) {
    StoredBlock stored = store.find(id, index);
    return stored != null && stored.directory().health().isReadable() ? stored : null;
  }

  /**
   * Starts what may run. In a loop, for a load may end before its start returns, and one that
   * started the next from there would go down a frame for each load in line.
   */
  private void startNext() {
    for (Load next = take(); next != null; next = take()) {
      try {
        source.open(next.id, next.index, 0, length(next.id, next.index), next);
      } finally {
        synchronized (line) {
          starting = false;
        }
      }
    }
  }

  private Load take() {
    synchronized (line) {
      Load next = starting || running >= mostAtOnce ? null : line.poll();
      if (next != null) {
        running++;
        starting = true;
      }
      return next;
    }
  }

  private void ended() {
    synchronized (line) {
      running--;
    }
    startNext();
  }

  /** Loads that wait or are under way. */
  public int loads() {
    synchronized (line) {
      return line.size() + running;
    }
  }

  /** Drops a block unless it is pinned. Blocks on the disk. */
  public Freed free(FileId id, int index) {
    StoredBlock stored = store.find(id, index);
    return stored == null ? Freed.ABSENT : store.free(stored);
  }

  /** What the store has of a block; asking is no visit. May look on disks. */
  public BlockState check(FileId id, int index) {
    StoredBlock stored = readable(id, index);
    return new BlockState(stored != null, stored != null && stored.isPinned());
  }

  /** Keeps a block from eviction, also after a restart. Blocks on the disk. */
  public Pinning pin(FileId id, int index) {
    StoredBlock stored = readable(id, index);
    return stored == null ? Pinning.ABSENT : store.pin(stored);
  }

  /** Opens a block to eviction again; false where it was not pinned. Blocks on the disk. */
  public boolean unpin(FileId id, int index) {
    StoredBlock stored = store.find(id, index);
    return stored != null && store.index().unpin(stored);
  }

  /** Opens every block to eviction again, whatever file it is of; how many there were. */
  public int unpinAll() {
    return store.index().unpinAll();
  }

  /** Refuses what waits in line and what comes. */
  @Override
  public void close() {
    Queue<Load> refused;
    synchronized (line) {
      closed = true;
      refused = new ArrayDeque<>(line);
      line.clear();
    }
    UfsException cause = new UfsException(ErrorCode.BUSY, "the worker is stopping");
    refused.forEach(load -> load.waiter.failed(cause));
  }

  /** One load in line or under way. */
  private final class Load implements BlockWaiter {
    private final FileId id;
    private final int index;
    private final boolean pin;
    private final LoadWaiter waiter;

    Load(FileId id, int index, boolean pin, LoadWaiter waiter) {
      this.id = requireNonNull(id, "id is null");
      this.index = index;
      this.pin = pin;
      this.waiter = requireNonNull(waiter, "waiter is null");
    }

    @Override
    public void ready(Block block) {
      Loaded how = block.isStored() ? Loaded.LOADED : Loaded.UNSTORED;
      block.release();
      ended();
      end(how);
    }

    @Override
    public void failed(UfsException cause) {
      ended();
      waiter.failed(cause);
    }

    @Override
    public boolean isForStore() {
      return true;
    }

    private void end(Loaded how) {
      UfsException refusal = null;
      if (pin && how != Loaded.UNSTORED) {
        refusal = pinned();
      }
      if (refusal == null) {
        waiter.done(how, length(id, index));
      } else {
        waiter.failed(refusal);
      }
    }

    /** Why it could not be pinned, or null. */
    private UfsException pinned() {
      try {
        return BlockAdmin.this.pin(id, index) == Pinning.NO_SPACE ? noSpace() : null;
      } catch (RuntimeException | Error e) {
        log.error("pinning a block of {} failed: an internal error (bug) of RailFS", id.path(), e);
        return new UfsException(
            ErrorCode.WORKER_FAILED, "the worker failed at '" + id.path() + "'; see its log", e);
      }
    }
  }

  /** Why a block is not pinned. */
  public static UfsException noSpace() {
    return new UfsException(
        ErrorCode.NO_SPACE,
        "pinned blocks take as much of the store as railfs.worker.store.pin-limit allows; unpin"
            + " others or raise it");
  }
}
