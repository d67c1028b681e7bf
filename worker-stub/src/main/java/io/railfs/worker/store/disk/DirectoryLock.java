// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store.disk;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps a second worker out of a store directory, for as long as this process lives. */
final class DirectoryLock implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DirectoryLock.class);

  private static final String NAME = "lock";

  private final Path directory;
  private final FileChannel file;

  private DirectoryLock(Path directory, FileChannel file) {
    this.directory = directory;
    this.file = file;
  }

  static DirectoryLock take(Path directory) throws StoreException, IOException {
    FileChannel file =
        FileChannel.open(
            directory.resolve(NAME), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock lock = file.tryLock();
      if (lock != null) {
        return new DirectoryLock(directory, file);
      }
    } catch (OverlappingFileLockException e) {
      file.close();
      throw inUse(directory, e);
    } catch (IOException e) {
      file.close();
      throw e;
    }
    file.close();
    throw inUse(directory, null);
  }

  /** Fails: the directory does not hold the lock any more, as when its disk is not mounted. */
  void check() throws IOException {
    if (!Files.exists(directory.resolve(NAME))) {
      throw new IOException("its file '" + NAME + "' is gone; is its disk mounted?");
    }
  }

  private static StoreException inUse(Path directory, Throwable cause) {
    return new StoreException(
        "store directory "
            + directory
            + " is in use by another worker; stop that one or give each its own directory",
        cause);
  }

  /** Closing the file gives the lock back. */
  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      log.warn("closing the lock of store directory {} failed", directory, e);
    }
  }
}
