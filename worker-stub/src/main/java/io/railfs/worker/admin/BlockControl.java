package io.railfs.worker.admin;

import io.railfs.worker.store.FileId;
import io.railfs.worker.ufs.UfsException;

/** What administration does with the blocks of this worker's store. Thread-safe. */
public interface BlockControl {
  /** Takes the end of a load: one method, once, by any thread; it must not block. */
  interface LoadEnd {
    /**
     * The block has been loaded, or was there.
     *
     * @param stored whether it is in the store now
     */
    void done(boolean stored);

    void failed(UfsException cause);
  }

  /** Has a block loaded where it is not stored; may look on disks before it returns. */
  void load(FileId id, int index, boolean pin, LoadEnd end);

  /** Drops a block unless it is pinned; whether it was there and is not now. */
  boolean free(FileId id, int index);

  /** Whether the store holds a block; asking is no use of it. */
  boolean isCached(FileId id, int index);

  /** Whether the store holds a block and never evicts it. */
  boolean isPinned(FileId id, int index);
}
