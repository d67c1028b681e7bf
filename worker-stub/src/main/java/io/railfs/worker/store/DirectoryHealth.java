package io.railfs.worker.store;

import io.railfs.worker.store.DirectoryStatus.State;
import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a directory can be used. A few failures in a row, and it is left alone until a probe
 * succeeds. Thread-safe; questions take no lock.
 *
 * <pre>
 *             writes fail             reads fail
 *   HEALTHY --------------> NO_WRITES ----------> AWAY
 *      ^                        | probe wrote       | probe read and wrote
 *      +------------------------+-------------------+
 * </pre>
 */
final class DirectoryHealth {
  private static final Logger log = LoggerFactory.getLogger(DirectoryHealth.class);

  /** Failures without a success in between after which the directory is left alone. */
  static final int FEW = 3;

  private final Path directory;
  private final StoreCounters counters;
  private volatile State state = State.HEALTHY;
  private volatile int writesFailedInRow;
  private volatile int readsFailedInRow;
  private volatile String lastError = "";
  private volatile int failedBytes;
  private volatile long writeFailures;
  private volatile long readFailures;

  DirectoryHealth(Path directory, StoreCounters counters) {
    this.directory = directory;
    this.counters = counters;
  }

  State state() {
    return state;
  }

  boolean takesWrites() {
    return state == State.HEALTHY;
  }

  boolean isReadable() {
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
    counters.writeFailureAdder().increment();
    writeFailures++;
    writesFailedInRow++;
    lastError = "writing failed: " + cause;
    failedBytes = Math.max(failedBytes, bytes);
    if (state == State.HEALTHY && writesFailedInRow >= FEW) {
      state = State.NO_WRITES;
      log.warn(
          "store directory {} takes no blocks any more, for writing failed {} times in a row ({});"
              + " what it holds is served, and it is tried again and again until it works",
          directory,
          writesFailedInRow,
          cause.toString());
    }
  }

  void wrote() {
    if (writesFailedInRow != 0) {
      writesFailedInRow = 0;
    }
  }

  /** A block could not be read. */
  synchronized void readFailed(IOException cause) {
    counters.readFailureAdder().increment();
    readFailures++;
    readsFailedInRow++;
    lastError = "reading failed: " + cause;
    if (state != State.AWAY && readsFailedInRow >= FEW) {
      state = State.AWAY;
      log.warn(
          "store directory {} is left alone, for reading failed {} times in a row ({}); its blocks"
              + " are loaded into the others, and it is tried again and again until it works",
          directory,
          readsFailedInRow,
          cause.toString());
    }
  }

  void hasRead() {
    if (readsFailedInRow != 0) {
      readsFailedInRow = 0;
    }
  }

  /** A probe of writing, and where reads failed of reading too, succeeded. */
  synchronized void recovered() {
    if (state != State.HEALTHY) {
      log.info("store directory {} works again and takes blocks", directory);
      state = State.HEALTHY;
      writesFailedInRow = 0;
      readsFailedInRow = 0;
      failedBytes = 0;
    }
  }

  /** A probe failed. */
  synchronized void probeFailed(IOException cause) {
    lastError = "a probe failed: " + cause;
  }
}
