package io.railfs.worker.store;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.railfs.protocol.Chunks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Blocks on local disks. Thread-safe.
 *
 * <p>Two Caffeine caches: {@code index} knows every stored block, weighs it by its file and decides
 * which one to evict; {@code open} keeps the files of the latest blocks open, with their checksums,
 * so that a hit costs no system call before its sendfile. Evicting a block unlinks its file;
 * whoever reads it holds a descriptor and ends in peace. A file that is not what it should be is
 * put in quarantine and counts as never stored.
 */
public final class BlockStore implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(BlockStore.class);

  private static final long CLOSE_TIMEOUT_SECONDS = 5;

  private final List<StoreDirectory> directories;
  private final StoreCounters counters = new StoreCounters();
  private final ExecutorService housekeeper =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "railfs-store");
            thread.setDaemon(true);
            return thread;
          });
  private final Cache<BlockKey, StoredBlock> index;
  private final Cache<BlockKey, FileBlock> open;

  private BlockStore(List<StoreDirectory> directories, long maximumBytes, int openFiles) {
    this.directories = List.copyOf(directories);
    this.index =
        Caffeine.newBuilder()
            .maximumWeight(maximumBytes)
            .<BlockKey, StoredBlock>weigher((key, block) -> Math.max(1, block.fileBytes()))
            .executor(housekeeper)
            .evictionListener(this::evicted)
            .build();
    this.open =
        Caffeine.newBuilder()
            .maximumSize(openFiles)
            .executor(housekeeper)
            .<BlockKey, FileBlock>removalListener((key, block, cause) -> closed(block))
            .build();
  }

  /**
   * Locks the directories and finds the blocks in them.
   *
   * @param headroom bytes below the capacity that stay free for blocks being written
   */
  public static BlockStore open(StoreSettings settings, long headroom) throws StoreException {
    List<StoreDirectory> directories = new ArrayList<>();
    boolean done = false;
    try {
      for (Path path : settings.directories()) {
        directories.add(StoreDirectory.open(path));
      }
      List<FoundBlock> found = scan(directories);
      long capacity = Capacity.assign(settings, directories);
      long maximum = Math.max(capacity - headroom, capacity / 2);
      BlockStore store = new BlockStore(directories, maximum, settings.openFiles());
      found.forEach(block -> store.adopt(block.key(), block.stored()));
      store.index.cleanUp();
      done = true;
      return store;
    } finally {
      if (!done) {
        directories.forEach(StoreDirectory::close);
      }
    }
  }

  private static List<FoundBlock> scan(List<StoreDirectory> directories) throws StoreException {
    List<FoundBlock> found = new ArrayList<>();
    for (StoreDirectory directory : directories) {
      DirectoryScan.run(
          directory,
          (key, bytes) -> {
            directory.added(bytes);
            found.add(new FoundBlock(key, new StoredBlock(directory, bytes)));
          });
    }
    return found;
  }

  private record FoundBlock(BlockKey key, StoredBlock stored) {}

  /** A block that a scan found; one that another directory holds too is deleted here. */
  private void adopt(BlockKey key, StoredBlock stored) {
    if (index.asMap().putIfAbsent(key, stored) != null) {
      stored.directory().removed(stored.fileBytes());
      stored.directory().deleteBlock(key);
    }
  }

  /**
   * The block if its file is open already, else null. Never blocks. The caller owns a reference.
   */
  public Block peek(FileId id, int blockIndex) {
    BlockKey key = id.key(blockIndex);
    FileBlock block = open.getIfPresent(key);
    if (block == null || !block.tryRetain()) {
      return null;
    }
    // Also tells the eviction policy that the block is in use.
    if (index.getIfPresent(key) == null) {
      open.invalidate(key);
    }
    counters.hitAdder().increment();
    return block;
  }

  /**
   * The block, or null where it is not stored or cannot be read. Blocks on the disk. The caller
   * owns a reference.
   */
  FileBlock read(FileId id, int blockIndex) {
    BlockKey key = id.key(blockIndex);
    StoredBlock stored = index.getIfPresent(key);
    if (stored == null) {
      return null;
    }
    FileChannel file;
    try {
      file = stored.directory().openBlock(key);
    } catch (NoSuchFileException e) {
      log.warn("block {} of {} has lost its file; it is loaded again", key, id.path());
      forget(key, stored);
      return null;
    } catch (IOException e) {
      stored.directory().failed(e);
      return null;
    }
    return readOpened(key, id, stored, file);
  }

  private FileBlock readOpened(BlockKey key, FileId id, StoredBlock stored, FileChannel file) {
    try {
      int[] crcs = BlockFile.readChunkCrcs(file, id, key.index());
      int length = Chunks.blockLength(id.version().size(), id.blockSize(), key.index());
      FileBlock block = new FileBlock(key, file, length, crcs);
      keepOpen(key, block);
      return block;
    } catch (IOException | BadBlockException e) {
      new FileBlock(key, file, 0, new int[0]).release();
      quarantine(key, id, stored, e);
      return null;
    }
  }

  /** Reads a stored block whole and puts it in quarantine where a chunk is bad. Blocks. */
  void verify(FileId id, int blockIndex) {
    BlockKey key = id.key(blockIndex);
    StoredBlock stored = index.getIfPresent(key);
    FileBlock block = stored == null ? null : read(id, blockIndex);
    if (block == null) {
      return;
    }
    try {
      block.verify();
    } catch (IOException | BadBlockException e) {
      quarantine(key, id, stored, e);
    } finally {
      block.release();
    }
  }

  private void quarantine(BlockKey key, FileId id, StoredBlock stored, Exception cause) {
    log.warn(
        "block {} of {} in {} is bad ({}); it goes to quarantine and is loaded again",
        key,
        id.path(),
        stored.directory().path(),
        String.valueOf(cause.getMessage()));
    if (forget(key, stored)) {
      counters.quarantineAdder().increment();
      stored.directory().quarantineBlock(key);
    }
  }

  /** Whether it was this call that took the block out of the index. */
  private boolean forget(BlockKey key, StoredBlock stored) {
    open.invalidate(key);
    boolean removed = index.asMap().remove(key, stored);
    if (removed) {
      stored.directory().removed(stored.fileBytes());
    }
    return removed;
  }

  /**
   * Stores a block in the directory with the most room, or the next one that takes it. What remains
   * in {@code data} is the block; it is left alone.
   *
   * @return the block, of which the caller owns a reference, or null where no directory took it
   */
  FileBlock write(FileId id, int blockIndex, ByteBuffer data, int[] crcs) {
    BlockKey key = id.key(blockIndex);
    int fileBytes = BlockFile.length(id, data.remaining());
    for (StoreDirectory directory : byRoom()) {
      try {
        FileChannel file = directory.writeBlock(key, id, data, crcs);
        FileBlock block = new FileBlock(key, file, data.remaining(), crcs);
        keepOpen(key, block);
        added(key, new StoredBlock(directory, fileBytes));
        return block;
      } catch (IOException e) {
        counters.writeFailureAdder().increment();
        directory.failed(e);
      }
    }
    return null;
  }

  private List<StoreDirectory> byRoom() {
    return directories.stream()
        .filter(directory -> !directory.isPaused())
        .sorted(Comparator.comparingDouble(StoreDirectory::fill))
        .toList();
  }

  private void added(BlockKey key, StoredBlock stored) {
    stored.directory().added(stored.fileBytes());
    StoredBlock old = index.asMap().put(key, stored);
    if (old != null) {
      old.directory().removed(old.fileBytes());
      if (old.directory() != stored.directory()) {
        old.directory().deleteBlock(key);
      }
    }
    // Here, on the thread that fills the store, and not some time later: capacity is a limit.
    index.cleanUp();
  }

  private void evicted(BlockKey key, StoredBlock stored, RemovalCause cause) {
    requireNonNull(cause, "cause is null");
    counters.evictionAdder().increment();
    stored.directory().removed(stored.fileBytes());
    stored.directory().deleteBlock(key);
    // The space comes back when the last descriptor is closed.
    open.invalidate(key);
  }

  private void keepOpen(BlockKey key, FileBlock block) {
    block.retain();
    open.put(key, block);
  }

  private static void closed(FileBlock block) {
    if (block != null) {
      block.release();
    }
  }

  /** The file of a block, or null where it is not stored. */
  Path pathOf(FileId id, int blockIndex) {
    BlockKey key = id.key(blockIndex);
    StoredBlock stored = index.getIfPresent(key);
    return stored == null ? null : stored.directory().fileOf(key);
  }

  public StoreCounters counters() {
    return counters;
  }

  /** The state of each directory. */
  public List<DirectoryStatus> directories() {
    return directories.stream()
        .map(
            d ->
                new DirectoryStatus(
                    d.path().toString(), d.capacityBytes(), d.usedBytes(), d.blocks()))
        .toList();
  }

  /** One directory of the store; sizes in bytes. */
  public record DirectoryStatus(String path, long capacityBytes, long usedBytes, long blocks) {}

  /** Closes the files that nobody sends from any more and gives the directories back. */
  @Override
  public void close() {
    open.invalidateAll();
    open.cleanUp();
    housekeeper.shutdown();
    try {
      if (!housekeeper.awaitTermination(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        log.warn("the store's thread hangs in a disk; it is a daemon and ends with the process");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    directories.forEach(StoreDirectory::close);
  }
}
