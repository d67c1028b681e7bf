// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store;

import static java.util.Objects.requireNonNull;

/** A stored block for a reader on this host. Immutable. */
public final class SharedBlock {
  private final int descriptor;
  private final int[] chunkCrcs;

  /**
   * @param descriptor of its file, for reading alone; who gets it closes it
   * @param chunkCrcs CRC32C of each chunk
   */
  SharedBlock(int descriptor, int[] chunkCrcs) {
    this.descriptor = descriptor;
    this.chunkCrcs = requireNonNull(chunkCrcs, "chunkCrcs is null");
  }

  public int descriptor() {
    return descriptor;
  }

  public int[] chunkCrcs() {
    return chunkCrcs;
  }
}
