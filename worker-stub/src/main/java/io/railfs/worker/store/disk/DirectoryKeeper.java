// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store.disk;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after one directory of a store, in a thread of its own, so that a disk that hangs keeps no
 * other waiting: finds its blocks at the start, makes room before it is needed, and tries whether a
 * sick disk works again.
 */
public final class DirectoryKeeper implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DirectoryKeeper.class);

  private static final long CLOSE_TIMEOUT_MILLIS = 5_000;

  /** Percent of the blocks that leave a full disk at a time. */
  private static final int GIVE_WAY = 5;

  private final StoreDirectory directory;
  private final Store store;
  private final BlockIndex index;
  private final StoreSettings settings;
  private final Semaphore wanted = new Semaphore(0);
  private final CountDownLatch scanned = new CountDownLatch(1);
  private final Thread thread;

  /** Of the keeper's thread. */
  private final DirectoryScan scan;

  private volatile IOException scanFailure;
  private volatile boolean closed;

  private DirectoryKeeper(
      StoreDirectory directory, Store store, BlockIndex index, StoreSettings settings) {
    this.directory = directory;
    this.store = store;
    this.index = index;
    this.settings = settings;
    this.scan = new DirectoryScan(directory);
    this.thread = new Thread(this::run, "railfs-store-" + directory.path());
    thread.setDaemon(true);
  }

  /** What a keeper asks of the store that its directory is of. */
  public interface Store {
    /** Evicts one block of a directory; false where there is none to evict. */
    boolean evict(StoreDirectory directory);

    /** Whether no directory takes blocks. */
    boolean isNowhereToWrite();
  }

  public static DirectoryKeeper start(
      StoreDirectory directory, Store store, BlockIndex index, StoreSettings settings) {
    DirectoryKeeper keeper = new DirectoryKeeper(directory, store, index, settings);
    keeper.thread.start();
    return keeper;
  }

  public StoreDirectory directory() {
    return directory;
  }

  /** Waits until every block is found; false where the time is over before. */
  public boolean awaitScan(long timeoutNanos) throws InterruptedException {
    return scanned.await(timeoutNanos, TimeUnit.NANOSECONDS);
  }

  /** Why the directory could not be scanned, or null. */
  public IOException scanFailure() {
    return scanFailure;
  }

  /** To be called when the directory got fuller; cheap. */
  public void grown() {
    if (isAbove(settings.highMark()) && wanted.availablePermits() == 0) {
      wanted.release();
    }
  }

  private boolean isAbove(int percent) {
    return directory.claimedBytes() > directory.capacityBytes() / 100.0 * percent;
  }

  private void run() {
    try {
      guard(this::scan);
      while (!closed) {
        guard(this::makeRoom);
        boolean called = wanted.tryAcquire(settings.probeMillis(), TimeUnit.MILLISECONDS);
        wanted.drainPermits();
        if (!called && !closed) {
          guard(this::probe);
        }
      }
    } catch (InterruptedException e) {
      log.debug("the keeper of {} ends", directory.path());
    }
  }

  /** A bug in one step does not end the others: without them a directory fills, or stays away. */
  private void guard(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException | Error e) {
      log.error("the keeper of {} failed: an internal error (bug) of RailFS", directory.path(), e);
    }
  }

  /**
   * Finds the blocks. Where some cannot be found, the directory goes on to count as being scanned,
   * so that a block which is asked for is looked for on the disk, and is scanned again later.
   */
  private void scan() {
    List<IOException> failures = List.of();
    try {
      failures = scanOnce();
      failures.forEach(directory.health()::readFailed);
      // Reads of blocks may have failed meanwhile where the scan did not.
      boolean failed = !failures.isEmpty() && !directory.health().isReadable();
      scanFailure = failed ? failures.get(0) : null;
    } finally {
      makeRoomOf(100);
      scanned.countDown();
    }
    if (!failures.isEmpty()) {
      log.warn(
          "{} of the subdirectories of {} cannot be read ({}); they are scanned again and again",
          failures.size(),
          directory.path(),
          failures.get(0).toString());
    }
  }

  private List<IOException> scanOnce() {
    long start = System.nanoTime();
    List<IOException> failures =
        scan.run(() -> closed, (key, file) -> index.adopt(directory, key, file));
    if (scan.isComplete()) {
      directory.endScan();
      log.info(
          "{} blocks found in {} in {} ms",
          directory.blocks(),
          directory.path(),
          TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
    } else {
      directory.interruptScan();
    }
    return failures;
  }

  /** Goes on to find what an earlier scan could not. Fails: it still cannot. */
  private void scanAgain() throws IOException {
    if (directory.isScanning() && !closed) {
      List<IOException> failures = scanOnce();
      makeRoomOf(100);
      if (!failures.isEmpty()) {
        throw failures.get(0);
      }
    }
  }

  private void makeRoom() {
    if (isAbove(settings.highMark())) {
      makeRoomOf(settings.lowMark());
    }
  }

  /** Evicts until the blocks take no more than this share of the capacity. */
  private void makeRoomOf(int percent) {
    while (!closed && isAbove(percent) && directory.health().takesWrites()) {
      if (!store.evict(directory)) {
        return;
      }
    }
  }

  private void probe() {
    DirectoryHealth health = directory.health();
    if (health.takesWrites() && !directory.isScanning()) {
      return;
    }
    try {
      if (!health.takesWrites()) {
        directory.probe();
      }
      if (!health.isReadable()) {
        probeReading();
      }
      scanAgain();
      health.recovered();
      index.deleteOrphans(directory);
    } catch (IOException e) {
      health.probeFailed(e);
      if (isFull()) {
        freeSpace();
      }
    }
  }

  private void probeReading() throws IOException {
    StoredBlock block = directory.queues().any();
    while (block != null && !directory.files().probeReading(block.key())) {
      index.forget(block);
      block = directory.queues().any();
    }
  }

  /**
   * Whether it is space that is missing: others use the disk too, or it is smaller than reported.
   */
  private boolean isFull() {
    try {
      long usable = Files.getFileStore(directory.path()).getUsableSpace();
      return usable < 2L * Math.max(1, directory.health().failedBytes());
    } catch (IOException e) {
      directory.health().probeFailed(e);
      return false;
    }
  }

  /** Blocks stay where another directory takes new ones; what nobody reads goes in any case. */
  private void freeSpace() {
    if (directory.emptyQuarantine()) {
      log.info("{} is full; the bad blocks that were kept there are deleted", directory.path());
    } else if (store.isNowhereToWrite()) {
      giveWay();
    }
  }

  /** Evicts a little on a disk that is full, so that the store turns over at all. */
  private void giveWay() {
    long enough = directory.usedBytes() / 100 * (100 - GIVE_WAY);
    while (!closed && directory.usedBytes() > enough && store.evict(directory)) {
      log.trace("gave way in {}", directory.path());
    }
  }

  @Override
  public void close() {
    closed = true;
    wanted.release();
    try {
      thread.join(CLOSE_TIMEOUT_MILLIS);
      if (thread.isAlive()) {
        log.warn(
            "the keeper of {} hangs in its disk; it is a daemon and ends with the process",
            directory.path());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
