// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.bulk;

import static java.util.Objects.requireNonNull;

import io.railfs.protocol.Chunks;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.BlockSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** A file on its way, which is done when every request about it has its answer. Thread-safe. */
final class BulkFile {
  private final RailPath path;
  private final FileVersion version;
  private final int blockSize;

  /** Questions that are open, and one for the walk as long as it adds further ones. */
  private final AtomicInteger open = new AtomicInteger(1);

  private final AtomicBoolean failed = new AtomicBoolean();

  BulkFile(RailPath path, FileVersion version, int blockSize) {
    this.path = requireNonNull(path, "path is null");
    this.version = requireNonNull(version, "version is null");
    this.blockSize = blockSize;
  }

  RailPath path() {
    return path;
  }

  FileVersion version() {
    return version;
  }

  int blocks() {
    return Math.toIntExact((version.size() + blockSize - 1) / blockSize);
  }

  /** Bytes of a block. */
  int length(int block) {
    return Chunks.blockLength(version.size(), blockSize, block);
  }

  /** The blocks [from, to) as a request names them. */
  BlockSet blocks(int from, int to) {
    BlockSet.Builder set =
        BlockSet.newBuilder().setPath(path.toByteString()).setVersion(version.toMessage());
    for (int block = from; block < to; block++) {
      set.addBlocks(block);
    }
    return set.build();
  }

  void asked() {
    open.incrementAndGet();
  }

  /** Whether this was the last answer. */
  boolean answered() {
    return open.decrementAndGet() == 0;
  }

  /** Whether this is its first failure. */
  boolean fail() {
    return failed.compareAndSet(false, true);
  }

  boolean hasFailed() {
    return failed.get();
  }
}
