// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.net;

import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;

/**
 * Names a block of a worker.
 *
 * @param worker whatever stands for it
 * @param index in the file
 */
record WorkerBlock(Object worker, RailPath path, FileVersion version, long index) {
  @Override
  public int hashCode() {
    // The texts have their hash at hand.
    return (path.hashCode() * 31 + version.hashCode()) * 31
        + Long.hashCode(index * 0x9E3779B97F4A7C15L)
        + System.identityHashCode(worker);
  }
}
