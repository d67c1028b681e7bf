// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store.disk;

import static java.util.Objects.requireNonNull;

import io.railfs.base.FileFailure;
import io.railfs.worker.store.evict.EvictionQueues;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One directory of the store, normally one disk: block files, a quarantine, a lock that keeps other
 * workers out; how much it may hold and holds, which block leaves next, and how it is. Thread-safe.
 *
 * <p>Room is claimed before a file is written, so that the files never take more than the capacity.
 */
public final class StoreDirectory implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StoreDirectory.class);

  private final Path path;
  private final DirectoryLock lock;
  private final Quarantine quarantine;
  private final BlockFiles files;
  private final DirectoryHealth health;
  private final EvictionQueues<StoredBlock> queues = new EvictionQueues<>();
  private final AtomicLong usedBytes = new AtomicLong();
  private final AtomicLong blocks = new AtomicLong();

  /** What the files take, those being written too and those not found yet. */
  private final AtomicLong claimedBytes = new AtomicLong();

  private volatile long capacityBytes;
  private volatile boolean scanning = true;

  /** Bytes claimed for blocks that are not found yet. Guarded by this. */
  private long claimedForScan;

  /** A capacity that is a share: of the bytes free at the start and of those found. */
  private long freeBytes;

  private long foundBytes;
  private int percent;

  private StoreDirectory(
      Path path, DirectoryLock lock, LongAdder writeFailures, LongAdder readFailures) {
    this.path = path;
    this.lock = lock;
    this.quarantine = new Quarantine(path);
    this.files = new BlockFiles(path);
    this.health = new DirectoryHealth(path, writeFailures, readFailures);
  }

  /**
   * Creates what is missing and takes the lock.
   *
   * @param writeFailures counts those of the whole store
   * @param readFailures likewise
   */
  public static StoreDirectory open(Path path, LongAdder writeFailures, LongAdder readFailures)
      throws StoreException {
    requireNonNull(writeFailures, "writeFailures is null");
    requireNonNull(readFailures, "readFailures is null");
    try {
      Files.createDirectories(path);
      if (!Files.isWritable(path)) {
        throw new StoreException(
            "store directory "
                + path
                + " is not writable; change its owner or mode, or railfs.worker.store.directories");
      }
      return new StoreDirectory(path, DirectoryLock.take(path), writeFailures, readFailures);
    } catch (IOException e) {
      throw new StoreException(
          "store directory "
              + path
              + " cannot be created or written ("
              + FileFailure.describe(e)
              + "); change railfs.worker.store.directories or the directory's owner and mode",
          e);
    }
  }

  public Path path() {
    return path;
  }

  public BlockFiles files() {
    return files;
  }

  public DirectoryHealth health() {
    return health;
  }

  public EvictionQueues<StoredBlock> queues() {
    return queues;
  }

  public long capacityBytes() {
    return capacityBytes;
  }

  /**
   * Sets a capacity in bytes. Until every block of an earlier worker is found, their room is
   * claimed by a bound.
   *
   * @param mostFound what they may take at most
   */
  public synchronized void setCapacity(long bytes, long mostFound) {
    capacityBytes = bytes;
    claimedForScan = Math.min(bytes, mostFound);
    claimedBytes.addAndGet(claimedForScan);
  }

  /** Sets a capacity that is a share of what is free now and of what the blocks found take. */
  synchronized void setCapacityShare(long free, int sharePercent) {
    freeBytes = free;
    percent = sharePercent;
    capacityBytes = free / 100 * percent;
  }

  public long usedBytes() {
    return usedBytes.get();
  }

  public long blocks() {
    return blocks.get();
  }

  /** How full the directory is: 0 empty, 1 at its capacity. */
  public double fill() {
    return (double) claimedBytes.get() / Math.max(1, capacityBytes);
  }

  /** Whether blocks of an earlier worker are still being found. */
  boolean isScanning() {
    return scanning;
  }

  /** Every block is found: what they take is known. */
  public synchronized void endScan() {
    interruptScan();
    scanning = false;
  }

  /** Every block that can be found now is; others may still be there. */
  synchronized void interruptScan() {
    claimedBytes.addAndGet(-claimedForScan);
    claimedForScan = 0;
  }

  /** Claims room for a file; false where there is none. */
  public boolean claim(int fileBytes) {
    for (long now = claimedBytes.get(); now + fileBytes <= capacityBytes; ) {
      if (claimedBytes.compareAndSet(now, now + fileBytes)) {
        return true;
      }
      now = claimedBytes.get();
    }
    return false;
  }

  /** Gives room back that {@link #claim} took, for a file that was not written. */
  public void unclaim(int fileBytes) {
    claimedBytes.addAndGet(-fileBytes);
  }

  /** What the files take, those being written too; more while blocks are being found. */
  public long claimedBytes() {
    return claimedBytes.get();
  }

  /** Counts a block in whose room is claimed. */
  void added(StoredBlock block) {
    usedBytes.addAndGet(block.fileBytes());
    blocks.incrementAndGet();
    queues.add(block);
  }

  /** Counts a block in that was found. */
  synchronized void adopted(StoredBlock block, boolean pinned) {
    long claimed = Math.min(claimedForScan, block.fileBytes());
    claimedForScan -= claimed;
    claimedBytes.addAndGet(block.fileBytes() - claimed);
    usedBytes.addAndGet(block.fileBytes());
    blocks.incrementAndGet();
    if (percent > 0) {
      foundBytes += block.fileBytes();
      capacityBytes = (freeBytes + foundBytes) / 100 * percent;
    }
    queues.adopt(block, pinned);
  }

  /** Counts a block out that the queues have let go of. */
  void removed(StoredBlock block) {
    claimedBytes.addAndGet(-block.fileBytes());
    usedBytes.addAndGet(-block.fileBytes());
    blocks.decrementAndGet();
  }

  /** Writes a block, as {@link BlockFiles#write}. The room is the caller's to claim. */
  public FileChannel writeBlock(BlockKey key, FileId id, ByteBuffer data, int[] crcs, int fileBytes)
      throws IOException {
    try {
      FileChannel file = files.write(key, id, data, crcs);
      health.wrote();
      return file;
    } catch (IOException e) {
      health.writeFailed(e, fileBytes);
      throw e;
    }
  }

  /** Deletes the file of a block; false where the disk refuses. */
  boolean deleteBlock(StoredBlock block) {
    try {
      files.delete(block.key());
      return true;
    } catch (IOException e) {
      health.writeFailed(e, 1);
      return false;
    }
  }

  public void quarantineBlock(BlockKey key) {
    try {
      quarantine.take(files.of(key));
    } catch (NoSuchFileException e) {
      log.info("block {} in {} is gone already", key, path);
    } catch (IOException e) {
      log.warn("block {} in {} could not be put aside; it stays unused", key, path, e);
    }
  }

  /** Deletes bad blocks that were put aside; false where there are none, or the disk refuses. */
  boolean emptyQuarantine() {
    try {
      return quarantine.empty();
    } catch (IOException e) {
      health.probeFailed(e);
      return false;
    }
  }

  /** Tries whether a sick directory works again. Fails: why it does not. */
  void probe() throws IOException {
    lock.check();
    files.probeWriting(health.failedBytes());
  }

  @Override
  public void close() {
    lock.close();
  }
}
