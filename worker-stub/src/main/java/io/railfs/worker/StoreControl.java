package io.railfs.worker;

import static java.util.Objects.requireNonNull;

import io.railfs.worker.admin.BlockControl;
import io.railfs.worker.store.Block;
import io.railfs.worker.store.BlockSource;
import io.railfs.worker.store.BlockWaiter;
import io.railfs.worker.store.FileId;
import io.railfs.worker.ufs.UfsException;

/** Administration's way to the store. Thread-safe. */
final class StoreControl implements BlockControl {
  private final BlockSource source;

  StoreControl(BlockSource source) {
    this.source = requireNonNull(source, "source is null");
  }

  @Override
  public void load(FileId id, int index, boolean pin, LoadEnd end) {
    source.open(
        id,
        index,
        new BlockWaiter() {
          @Override
          public void ready(Block block) {
            block.release();
            end.done(true);
          }

          @Override
          public void failed(UfsException cause) {
            end.failed(cause);
          }
        });
  }

  @Override
  public boolean free(FileId id, int index) {
    return false;
  }

  @Override
  public boolean isCached(FileId id, int index) {
    return false;
  }

  @Override
  public boolean isPinned(FileId id, int index) {
    return false;
  }
}
