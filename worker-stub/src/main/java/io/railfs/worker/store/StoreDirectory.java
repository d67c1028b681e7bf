package io.railfs.worker.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One directory of the store, normally one disk: block files in 256 subdirectories, a quarantine,
 * and a lock that keeps other workers out. Thread-safe.
 */
final class StoreDirectory implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StoreDirectory.class);

  static final String TEMPORARY_PREFIX = ".tmp-";

  /** A directory that did not take a block is left alone for this long. */
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final Path path;
  private final DirectoryLock lock;
  private final Quarantine quarantine;
  private final AtomicLong usedBytes = new AtomicLong();
  private final AtomicLong blocks = new AtomicLong();
  private final AtomicLong temporaries = new AtomicLong();
  private volatile long capacityBytes;
  private volatile long failedAt;
  private volatile boolean failing;

  private StoreDirectory(Path path, DirectoryLock lock) {
    this.path = path;
    this.lock = lock;
    this.quarantine = new Quarantine(path);
  }

  /** Creates what is missing and takes the lock. */
  static StoreDirectory open(Path path) throws StoreException {
    try {
      Files.createDirectories(path);
      if (!Files.isWritable(path)) {
        throw new StoreException(
            "store directory "
                + path
                + " is not writable; change its owner or mode, or railfs.worker.store.directories");
      }
      return new StoreDirectory(path, DirectoryLock.take(path));
    } catch (IOException e) {
      throw new StoreException(
          "store directory "
              + path
              + " cannot be created or written ("
              + e
              + "); change railfs.worker.store.directories or the directory's owner and mode",
          e);
    }
  }

  Path path() {
    return path;
  }

  long capacityBytes() {
    return capacityBytes;
  }

  void setCapacityBytes(long bytes) {
    capacityBytes = bytes;
  }

  long usedBytes() {
    return usedBytes.get();
  }

  long blocks() {
    return blocks.get();
  }

  void added(int fileBytes) {
    usedBytes.addAndGet(fileBytes);
    blocks.incrementAndGet();
  }

  void removed(int fileBytes) {
    usedBytes.addAndGet(-fileBytes);
    blocks.decrementAndGet();
  }

  /** How full the directory is: 0 empty, 1 at its capacity. */
  double fill() {
    return (double) usedBytes.get() / Math.max(1, capacityBytes);
  }

  /** Whether it failed only just now, so that a write should go elsewhere. */
  boolean isPaused() {
    return failing && System.nanoTime() - failedAt < PAUSE_NANOS;
  }

  /** Notes trouble with the whole directory; logs when it starts, not each time. */
  void failed(IOException cause) {
    failedAt = System.nanoTime();
    if (!failing) {
      failing = true;
      log.warn(
          "store directory {} failed ({}); blocks go elsewhere or are served from memory until it"
              + " works again",
          path,
          cause.toString());
    }
  }

  private void worked() {
    if (failing) {
      failing = false;
      log.info("store directory {} takes blocks again", path);
    }
  }

  /** Opens the file of a block for reading. */
  FileChannel openBlock(BlockKey key) throws IOException {
    return FileChannel.open(fileOf(key), StandardOpenOption.READ);
  }

  /**
   * Writes a block under a temporary name, then renames it. Nothing is synced: after a power cut
   * the checksums tell a file that lacks its data.
   *
   * @return the open file, for reading too; the caller closes it
   */
  FileChannel writeBlock(BlockKey key, FileId id, ByteBuffer data, int[] crcs) throws IOException {
    Path target = fileOf(key);
    Path temporary =
        target.resolveSibling(TEMPORARY_PREFIX + key + "-" + temporaries.incrementAndGet());
    FileChannel file = create(temporary);
    boolean done = false;
    try {
      BlockFile.write(file, id, key.index(), data, crcs);
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
      done = true;
      worked();
      return file;
    } finally {
      if (!done) {
        file.close();
        Files.deleteIfExists(temporary);
      }
    }
  }

  private static FileChannel create(Path file) throws IOException {
    try {
      return openNew(file);
    } catch (NoSuchFileException e) {
      createShard(file.getParent());
      return openNew(file);
    }
  }

  /**
   * Only this level: a store directory that has gone with its disk must not come back elsewhere.
   */
  private static void createShard(Path shard) throws IOException {
    try {
      Files.createDirectory(shard);
    } catch (FileAlreadyExistsException e) {
      log.trace("another thread made {}", shard);
    }
  }

  private static FileChannel openNew(Path file) throws IOException {
    return FileChannel.open(
        file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  void deleteBlock(BlockKey key) {
    try {
      Files.deleteIfExists(fileOf(key));
    } catch (IOException e) {
      failed(e);
    }
  }

  void quarantineBlock(BlockKey key) {
    try {
      quarantine.take(fileOf(key));
    } catch (NoSuchFileException e) {
      log.info("block {} in {} is gone already", key, path);
    } catch (IOException e) {
      log.warn("block {} in {} could not be put aside; it stays unused", key, path, e);
    }
  }

  Path fileOf(BlockKey key) {
    return path.resolve(key.shard()).resolve(key.toString());
  }

  @Override
  public void close() {
    lock.close();
  }
}
