// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store.disk;

import io.railfs.base.FileFailure;
import io.railfs.worker.store.disk.DirectoryStatus.State;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a directory can be used. A few failures without many successes in between, and it is left
 * alone until a probe succeeds. Thread-safe; requests take no lock.
 *
 * <pre>
 *             writes fail             reads fail
 *   HEALTHY --------------> NO_WRITES ----------> AWAY
 *      ^                        | probe wrote       | probe read and wrote
 *      +------------------------+-------------------+
 * </pre>
 */
public final class DirectoryHealth {
  private static final Logger log = LoggerFactory.getLogger(DirectoryHealth.class);

  /** Failures after which the directory is disabled. */
  public static final int FEW = 3;

  /** Successes after which failures before are forgotten. */
  private static final int MANY = 100;

  private final Path directory;
  private final LongAdder allWriteFailures;
  private final LongAdder allReadFailures;
  private volatile State state = State.HEALTHY;
  private volatile int writesFailed;
  private volatile int readsFailed;
  private int wroteSince;
  private int readSince;
  private volatile String lastError = "";
  private volatile int failedBytes;
  private volatile long writeFailures;
  private volatile long readFailures;

  /**
   * @param writeFailures counts those of the whole store
   * @param readFailures likewise
   */
  DirectoryHealth(Path directory, LongAdder writeFailures, LongAdder readFailures) {
    this.directory = directory;
    this.allWriteFailures = writeFailures;
    this.allReadFailures = readFailures;
  }

  State state() {
    return state;
  }

  public boolean takesWrites() {
    return state == State.HEALTHY;
  }

  public boolean isReadable() {
    return state != State.AWAY;
  }

  /** What went wrong last; empty where nothing did. */
  String lastError() {
    return lastError;
  }

  long writeFailures() {
    return writeFailures;
  }

  long readFailures() {
    return readFailures;
  }

  /** Bytes of the largest file that could not be written since the directory was healthy. */
  int failedBytes() {
    return failedBytes;
  }

  /**
   * A block could not be written or deleted.
   *
   * @param bytes of its file
   */
  synchronized void writeFailed(IOException cause, int bytes) {
    allWriteFailures.increment();
    writeFailures++;
    writesFailed++;
    wroteSince = 0;
    lastError = "writing failed: " + FileFailure.describe(cause);
    failedBytes = Math.max(failedBytes, bytes);
    if (state == State.HEALTHY && writesFailed >= FEW) {
      state = State.NO_WRITES;
      log.warn(
          "store directory {} takes no blocks any more, for writing failed {} times ({});"
              + " what it holds is served, and it is tried again and again until it works",
          directory,
          writesFailed,
          FileFailure.describe(cause));
    }
  }

  void wrote() {
    if (writesFailed != 0) {
      countWrite();
    }
  }

  private synchronized void countWrite() {
    if (++wroteSince >= MANY) {
      writesFailed = 0;
    }
  }

  /** A block could not be read. */
  public synchronized void readFailed(IOException cause) {
    allReadFailures.increment();
    readFailures++;
    readsFailed++;
    readSince = 0;
    lastError = "reading failed: " + FileFailure.describe(cause);
    if (state != State.AWAY && readsFailed >= FEW) {
      state = State.AWAY;
      log.warn(
          "store directory {} is disabled after {} read errors ({}); its blocks"
              + " are loaded into the others, and it is tried again and again until it works",
          directory,
          readsFailed,
          FileFailure.describe(cause));
    }
  }

  public void hasRead() {
    if (readsFailed != 0) {
      countRead();
    }
  }

  private synchronized void countRead() {
    if (++readSince >= MANY) {
      readsFailed = 0;
    }
  }

  /** A probe of writing, and where reads failed of reading too, succeeded. */
  synchronized void recovered() {
    if (state != State.HEALTHY) {
      log.info("store directory {} works again and takes blocks", directory);
      state = State.HEALTHY;
      writesFailed = 0;
      readsFailed = 0;
      failedBytes = 0;
    }
  }

  /** A probe failed. */
  synchronized void probeFailed(IOException cause) {
    lastError = "a probe failed: " + FileFailure.describe(cause);
  }
}
