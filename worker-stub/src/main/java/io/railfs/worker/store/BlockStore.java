// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store;

import static java.util.Objects.requireNonNull;

import io.railfs.base.CloseStack;
import io.railfs.protocol.Chunks;
import io.railfs.worker.posix.Posix;
import io.railfs.worker.posix.PosixException;
import io.railfs.worker.store.disk.BadBlockException;
import io.railfs.worker.store.disk.BlockFile;
import io.railfs.worker.store.disk.BlockIndex;
import io.railfs.worker.store.disk.BlockKey;
import io.railfs.worker.store.disk.Capacity;
import io.railfs.worker.store.disk.DirectoryKeeper;
import io.railfs.worker.store.disk.DirectoryStatus;
import io.railfs.worker.store.disk.FileId;
import io.railfs.worker.store.disk.Freed;
import io.railfs.worker.store.disk.StoreDirectory;
import io.railfs.worker.store.disk.StoreException;
import io.railfs.worker.store.disk.StoreSettings;
import io.railfs.worker.store.disk.StoredBlock;
import io.railfs.worker.store.evict.Pinning;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Blocks on local disks. Thread-safe.
 *
 * <p>{@link BlockIndex} knows every stored block; {@link OpenFiles} keeps the files of the latest
 * open, with their checksums, so that a hit costs no system call before its sendfile. Evicting a
 * block unlinks its file; its readers hold a descriptor and finish normally. A file that is not
 * what it should be is put in quarantine and counts as never stored.
 *
 * <p>A {@link DirectoryKeeper} for each directory finds its blocks at the start, evicts between the
 * marks, and tries sick disks. The store serves before all are found.
 */
public final class BlockStore implements AutoCloseable, DirectoryKeeper.Store {
  private static final Logger log = LoggerFactory.getLogger(BlockStore.class);

  /** What most stores need to find all their blocks; larger ones serve before. */
  private static final long SCAN_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(3);

  private final List<StoreDirectory> directories;
  private final StoreCounters counters;
  private final StoreSettings settings;
  private final BlockIndex index;
  private final OpenFiles open;
  private final List<DirectoryKeeper> keepers = new ArrayList<>();

  private BlockStore(
      List<StoreDirectory> directories, StoreCounters counters, StoreSettings settings) {
    this.directories = List.copyOf(directories);
    this.counters = counters;
    this.settings = settings;
    this.index = new BlockIndex(directories);
    this.open = new OpenFiles(settings.openFiles());
  }

  /**
   * Locks the directories and finds the blocks in them; where that takes longer than a few seconds,
   * it goes on while the store serves.
   */
  public static BlockStore open(StoreSettings settings) throws StoreException {
    requireNonNull(settings, "settings is null");
    StoreCounters counters = new StoreCounters();
    List<StoreDirectory> directories = new ArrayList<>();
    try (CloseStack undo = new CloseStack()) {
      for (Path path : settings.directories()) {
        directories.add(
            undo.push(
                StoreDirectory.open(
                    path, counters.writeFailureAdder(), counters.readFailureAdder())));
      }
      Capacity.assign(settings, directories);
      BlockStore store = undo.push(new BlockStore(directories, counters, settings));
      store.start();
      undo.release();
      return store;
    }
  }

  private void start() throws StoreException {
    for (StoreDirectory directory : directories) {
      keepers.add(DirectoryKeeper.start(directory, this, index, settings));
    }
    long deadline = System.nanoTime() + SCAN_TIMEOUT_NANOS;
    boolean usable = false;
    try {
      for (DirectoryKeeper keeper : keepers) {
        keeper.awaitScan(Math.max(0, deadline - System.nanoTime()));
        usable |= keeper.scanFailure() == null;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException("the start of the store was interrupted", e);
    }
    if (!usable) {
      throw new StoreException(
          "store directory "
              + directories.get(0).path()
              + " cannot be read ("
              + keepers.get(0).scanFailure()
              + ")");
    }
  }

  BlockIndex index() {
    return index;
  }

  /**
   * The block if its file is open already, else null. Never blocks. The caller owns a reference.
   */
  public Block peek(FileId id, int blockIndex) {
    FileBlock block = open.get(id.key(blockIndex));
    if (block == null) {
      return null;
    }
    if (block.stored().isGone()) {
      open.drop(block.stored().key());
    } else {
      block.stored().visited();
    }
    counters.hitAdder().increment();
    return block;
  }

  /**
   * The block, or null where it is not stored or cannot be read. Blocks on the disk. The caller
   * owns a reference.
   */
  FileBlock read(FileId id, int blockIndex) {
    StoredBlock stored = index.find(id.key(blockIndex));
    if (stored == null || !stored.directory().health().isReadable()) {
      return null;
    }
    try {
      FileChannel file = stored.directory().files().open(stored.key());
      stored.visited();
      return readOpened(id, stored, file);
    } catch (NoSuchFileException e) {
      if (forget(stored)) {
        log.warn("block {} of {} has lost its file; it is loaded again", stored.key(), id.path());
      }
      return null;
    } catch (IOException e) {
      stored.directory().health().readFailed(e);
      return null;
    }
  }

  /**
   * A block for a reader on this host, which counts as one visit; null where it is not stored or
   * cannot be opened. Blocks on the disk.
   */
  SharedBlock share(FileId id, int blockIndex) {
    FileBlock opened = open.get(id.key(blockIndex));
    FileBlock block = opened != null ? opened : read(id, blockIndex);
    if (block == null) {
      return null;
    }
    try {
      // The file that has the name now: that of a block that was evicted and loaded again is equal.
      Path file = block.stored().directory().files().of(block.stored().key());
      SharedBlock shared = new SharedBlock(Posix.openFile(file), block.crcs());
      if (opened != null) {
        block.stored().visited();
      }
      counters.hitAdder().increment();
      return shared;
    } catch (PosixException e) {
      // Evicted just now, or the disk fails; who reads over TCP finds out.
      log.debug("block {} of {} is not given out", block.stored().key(), id.path(), e);
      return null;
    } finally {
      block.release();
    }
  }

  /** A stored block from its file, which was just opened; null where it is bad. */
  FileBlock readOpened(FileId id, StoredBlock stored, FileChannel file) {
    int blockIndex = stored.key().index();
    boolean good = false;
    try {
      int[] crcs = BlockFile.readChunkCrcs(file, id, blockIndex);
      stored.directory().health().hasRead();
      int length = Chunks.blockLength(id.version().size(), id.blockSize(), blockIndex);
      good = true;
      return keep(new FileBlock(stored, file, length, crcs));
    } catch (IOException e) {
      stored.directory().health().readFailed(e);
      quarantine(id, stored, e);
    } catch (BadBlockException e) {
      quarantine(id, stored, e);
    } finally {
      if (!good) {
        FileBlock.close(stored.key(), file);
      }
    }
    return null;
  }

  /**
   * Keeps the file of a block open, unless the block has left the store since it was found: an open
   * file would keep its bytes on the disk while their room is claimed again. Who takes a block out
   * drops its open file after that, so one of the two sees what the other did.
   */
  private FileBlock keep(FileBlock block) {
    FileBlock kept = open.keep(block);
    if (block.stored().isGone()) {
      open.drop(block.stored().key());
    }
    return kept;
  }

  /** Reads a stored block whole and puts it in quarantine where a chunk is bad. Blocks. */
  void verify(FileId id, int blockIndex) {
    FileBlock block = read(id, blockIndex);
    if (block == null) {
      return;
    }
    try {
      block.verify();
    } catch (IOException e) {
      block.stored().directory().health().readFailed(e);
      quarantine(id, block.stored(), e);
    } catch (BadBlockException e) {
      quarantine(id, block.stored(), e);
    } finally {
      block.release();
    }
  }

  private void quarantine(FileId id, StoredBlock stored, Exception cause) {
    if (forget(stored)) {
      log.warn(
          "block {} of {} in {} is bad ({}); it goes to quarantine and is loaded again",
          stored.key(),
          id.path(),
          stored.directory().path(),
          String.valueOf(cause.getMessage()));
      counters.quarantineAdder().increment();
      stored.directory().quarantineBlock(stored.key());
    }
  }

  private boolean forget(StoredBlock stored) {
    boolean forgotten = index.forget(stored);
    open.drop(stored.key());
    return forgotten;
  }

  /**
   * Stores a block in the directory with the most room, or the next one that takes it. What remains
   * in {@code data} is the block; it stays as it is.
   *
   * @return the block, of which the caller owns a reference, or null where no directory took it
   */
  FileBlock write(FileId id, int blockIndex, ByteBuffer data, int[] crcs) {
    BlockKey key = id.key(blockIndex);
    int fileBytes = BlockFile.length(id, data.remaining());
    for (DirectoryKeeper keeper : byRoom()) {
      StoreDirectory directory = keeper.directory();
      if (!claim(directory, fileBytes)) {
        continue;
      }
      boolean written = false;
      try {
        FileChannel file = directory.writeBlock(key, id, data, crcs, fileBytes);
        written = true;
        StoredBlock stored = new StoredBlock(key, directory, fileBytes);
        index.add(stored);
        keeper.grown();
        return keep(new FileBlock(stored, file, data.remaining(), crcs));
      } catch (IOException e) {
        log.debug("{} did not take block {}", directory.path(), key, e);
      } finally {
        if (!written) {
          directory.unclaim(fileBytes);
        }
      }
    }
    counters.unstoredAdder().increment();
    return null;
  }

  private List<DirectoryKeeper> byRoom() {
    return keepers.stream()
        .filter(keeper -> keeper.directory().health().takesWrites())
        .sorted(Comparator.comparingDouble(keeper -> keeper.directory().fill()))
        .toList();
  }

  @Override
  public boolean isNowhereToWrite() {
    return directories.stream().noneMatch(directory -> directory.health().takesWrites());
  }

  /** Room is made in the background; here only where that is late. */
  private boolean claim(StoreDirectory directory, int fileBytes) {
    while (!directory.claim(fileBytes)) {
      if (!evict(directory)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public boolean evict(StoreDirectory directory) {
    StoredBlock block = index.evict(directory);
    if (block == null) {
      return false;
    }
    counters.evictionAdder().increment();
    // The space comes back when the last descriptor is closed.
    open.drop(block.key());
    return true;
  }

  /** The block, or null; asking is no visit. May look on disks. */
  StoredBlock find(FileId id, int blockIndex) {
    return index.find(id.key(blockIndex));
  }

  /** Drops a block unless it is pinned. */
  Freed free(StoredBlock stored) {
    Freed freed = index.free(stored);
    if (freed == Freed.FREED) {
      open.drop(stored.key());
      counters.freedAdder().increment();
    }
    return freed;
  }

  /** Keeps a block from eviction, also after a restart. */
  Pinning pin(StoredBlock stored) {
    return index.pin(stored, stored.directory().capacityBytes() / 100 * settings.pinLimit());
  }

  /** The file of a block, or null where it is not stored. */
  Path pathOf(FileId id, int blockIndex) {
    StoredBlock stored = find(id, blockIndex);
    return stored == null ? null : stored.directory().files().of(stored.key());
  }

  public StoreCounters counters() {
    return counters;
  }

  /** The state of each directory. */
  public List<DirectoryStatus> directories() {
    return directories.stream().map(DirectoryStatus::of).toList();
  }

  /** Closes the files that nobody sends from any more and gives the directories back. */
  @Override
  public void close() {
    keepers.forEach(DirectoryKeeper::close);
    open.close();
    directories.forEach(StoreDirectory::close);
  }
}
