// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.verbs;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;

/**
 * Memory that a device may read and write, until its port is closed.
 *
 * @param memory direct; use absolute methods only, it is shared
 * @param address of its first byte
 * @param key the device's own name for it, which no peer learns
 */
public record MemoryRegion(ByteBuffer memory, long address, int key) {
  public MemoryRegion {
    requireNonNull(memory, "memory is null");
  }
}
