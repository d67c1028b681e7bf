// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store.disk;

import io.railfs.worker.store.evict.Pinning;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which block is where: the one place where blocks come to a store and leave it. Thread-safe.
 *
 * <p>A block is in the map, in the queues of its directory and in the directory's sums, or in none
 * of them. Whoever takes it out of the queues, which only one can, takes it out of the rest.
 *
 * <p>A pin and its mark on the file change together inside the map's compute, which holds the key;
 * a file is deleted in there too, and methods named "held" are called there. Only an eviction takes
 * a block out of its queue outside, and never a pinned one.
 *
 * <p>While a directory is scanned, a block that is not in the map may still be on its disk: {@link
 * #find} then looks there.
 */
public final class BlockIndex {
  private static final Logger log = LoggerFactory.getLogger(BlockIndex.class);

  /** Files that a sick disk did not delete; beyond it the next start finds them. */
  private static final int MAX_ORPHANS = 100_000;

  private final List<StoreDirectory> directories;
  private final ConcurrentHashMap<BlockKey, StoredBlock> blocks = new ConcurrentHashMap<>();

  /** Pinned blocks that were lost to a bad or sick disk: pinned again when they are back. */
  private final Set<BlockKey> lostPins = ConcurrentHashMap.newKeySet();

  /** Copies that are in the store no more, on disks that did not delete them. */
  private final Set<Orphan> orphans = ConcurrentHashMap.newKeySet();

  private record Orphan(StoreDirectory directory, BlockKey key) {}

  public BlockIndex(List<StoreDirectory> directories) {
    this.directories = List.copyOf(directories);
  }

  /** The block, or null where it is not stored or not found yet. Never blocks. */
  public StoredBlock get(BlockKey key) {
    return blocks.get(key);
  }

  /** The block, or null where it is not stored. May look on disks. */
  public StoredBlock find(BlockKey key) {
    StoredBlock block = blocks.get(key);
    for (int i = 0; i < directories.size() && block == null; i++) {
      StoreDirectory directory = directories.get(i);
      if (directory.isScanning() && directory.health().isReadable()) {
        look(directory, key);
        block = blocks.get(key);
      }
    }
    return block;
  }

  private void look(StoreDirectory directory, BlockKey key) {
    try {
      adopt(directory, key, directory.files().find(key));
    } catch (NoSuchFileException e) {
      log.trace("block {} is not in {}", key, directory.path());
    } catch (IOException e) {
      directory.health().readFailed(e);
    }
  }

  /** Takes a block that was found; one that another directory holds too is deleted here. */
  public void adopt(StoreDirectory directory, BlockKey key, BlockFiles.Found file) {
    StoredBlock block = new StoredBlock(key, directory, file.bytes());
    StoredBlock known =
        blocks.computeIfAbsent(
            key,
            k -> {
              directory.adopted(block, file.pinned());
              return block;
            });
    if (known.directory() != directory) {
      delete(block);
    }
  }

  /** Takes a block that was written, in place of an older copy. */
  public void add(StoredBlock block) {
    StoreDirectory directory = block.directory();
    blocks.compute(
        block.key(),
        (key, old) -> {
          boolean pinned = old != null && old.isPinned();
          if (old != null && old.directory().queues().remove(old)) {
            old.directory().removed(old);
            if (old.directory() != directory) {
              delete(old);
            }
          }
          directory.added(block);
          boolean pin = lostPins.remove(key) || pinned;
          return !pin || pinHeld(block, Long.MAX_VALUE, new Pinning[1]) ? block : null;
        });
  }

  /** Makes room by one block of a directory; null where there is none to evict. */
  public StoredBlock evict(StoreDirectory directory) {
    StoredBlock block = directory.queues().evict();
    if (block != null) {
      leave(block);
    }
    return block;
  }

  /** Takes a block out and deletes its file, unless it is pinned. */
  public Freed free(StoredBlock block) {
    Freed[] freed = {Freed.ABSENT};
    blocks.compute(
        block.key(),
        (key, now) -> {
          if (block.isPinned()) {
            freed[0] = Freed.PINNED;
          } else if (block.directory().queues().remove(block)) {
            freed[0] = Freed.FREED;
            return without(block, now);
          }
          return now;
        });
    if (freed[0] == Freed.FREED) {
      block.directory().removed(block);
    }
    return freed[0];
  }

  private void leave(StoredBlock block) {
    blocks.compute(block.key(), (key, now) -> without(block, now));
    // The room is free when the file is gone, not before.
    block.directory().removed(block);
  }

  /**
   * Deletes the file of a block that is in no queue any more. Within the map's entry, so that
   * nobody finds the block missing, loads it and writes its file before the old one is deleted.
   *
   * @return what the entry is to be
   */
  private StoredBlock without(StoredBlock block, StoredBlock now) {
    if (now == null || now == block || now.directory() != block.directory()) {
      delete(block);
    }
    return now == block ? null : now;
  }

  /** Takes a block out whose file is bad or gone; false where another was faster. */
  public boolean forget(StoredBlock block) {
    boolean[] ours = new boolean[1];
    blocks.compute(
        block.key(),
        (key, now) -> {
          ours[0] = forgetHeld(block);
          return ours[0] && now == block ? null : now;
        });
    return ours[0];
  }

  private boolean forgetHeld(StoredBlock block) {
    boolean pinned = block.isPinned();
    if (!block.directory().queues().remove(block)) {
      return false;
    }
    if (pinned) {
      lostPins.add(block.key());
    }
    block.directory().removed(block);
    return true;
  }

  private void delete(StoredBlock block) {
    if (!block.directory().deleteBlock(block) && orphans.size() < MAX_ORPHANS) {
      orphans.add(new Orphan(block.directory(), block.key()));
    }
  }

  /** Deletes what a directory did not while it was sick. */
  void deleteOrphans(StoreDirectory directory) {
    for (Orphan orphan : List.copyOf(orphans)) {
      StoredBlock known = blocks.get(orphan.key());
      boolean ours = orphan.directory() == directory && orphans.remove(orphan);
      if (ours && (known == null || known.directory() != directory)) {
        delete(new StoredBlock(orphan.key(), directory, 0));
      }
    }
  }

  /**
   * Keeps a block from eviction, also after a restart.
   *
   * @param limitBytes what all pinned blocks of its directory may take
   */
  public Pinning pin(StoredBlock block, long limitBytes) {
    Pinning[] pinning = {Pinning.ABSENT};
    blocks.computeIfPresent(
        block.key(),
        (key, now) -> pinHeld(block, limitBytes, pinning) || now != block ? now : null);
    return pinning[0];
  }

  /** False where the block had lost its file, and is taken out of all but the map. */
  private boolean pinHeld(StoredBlock block, long limitBytes, Pinning[] pinning) {
    pinning[0] = block.directory().queues().pin(block, limitBytes);
    if (pinning[0] != Pinning.PINNED) {
      // Perhaps it is being evicted: its entry goes with its file.
      return true;
    }
    try {
      block.directory().files().setPinned(block.key(), true);
    } catch (NoSuchFileException e) {
      log.warn("block {} in {} has lost its file", block.key(), block.directory().path());
      pinning[0] = Pinning.ABSENT;
      return !forgetHeld(block);
    } catch (IOException e) {
      block.directory().health().writeFailed(e, 1);
    }
    return true;
  }

  /** Opens a block to eviction again; false where it was not pinned. */
  public boolean unpin(StoredBlock block) {
    boolean[] unpinned = new boolean[1];
    blocks.compute(
        block.key(),
        (key, now) -> {
          unpinned[0] = unpinHeld(block);
          return now;
        });
    return unpinned[0];
  }

  private boolean unpinHeld(StoredBlock block) {
    lostPins.remove(block.key());
    if (!block.directory().queues().unpin(block)) {
      return false;
    }
    try {
      block.directory().files().setPinned(block.key(), false);
    } catch (NoSuchFileException e) {
      log.trace("block {} is gone meanwhile", block.key());
    } catch (IOException e) {
      block.directory().health().writeFailed(e, 1);
    }
    return true;
  }

  /** Opens every block to eviction again; how many there were. */
  public int unpinAll() {
    lostPins.clear();
    int unpinned = 0;
    for (StoreDirectory directory : directories) {
      StoredBlock block = directory.queues().anyPinned();
      while (block != null) {
        unpinned += unpin(block) ? 1 : 0;
        block = directory.queues().anyPinned();
      }
    }
    return unpinned;
  }
}
