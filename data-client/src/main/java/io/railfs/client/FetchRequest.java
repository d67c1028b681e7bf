// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import static java.util.Objects.requireNonNull;

import io.railfs.protocol.Chunks;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;

/**
 * A run of chunks of one block of one file version.
 *
 * @param path the file
 * @param version the content that is meant
 * @param offset bytes from the start of the file, a multiple of {@link Chunks#SIZE}
 * @param length bytes, 1 to {@link #MAX_LENGTH}; a multiple of {@link Chunks#SIZE}, or up to the
 *     end of the file; never across a block boundary
 * @param deadlineNanos the {@link System#nanoTime} after which the fetch fails
 */
public record FetchRequest(
    RailPath path, FileVersion version, long offset, int length, long deadlineNanos) {
  /**
   * Most bytes of one: large enough that a request costs nothing beside its bytes, small enough to
   * spread, and that the buffers of any transport hold a few.
   */
  public static final int MAX_LENGTH = 1 << 20;

  public FetchRequest {
    requireNonNull(path, "path is null");
    requireNonNull(version, "version is null");
    if (offset % Chunks.SIZE != 0 || length <= 0 || offset + length > version.size()) {
      throw new IllegalArgumentException(
          "no run of chunks: offset " + offset + ", length " + length + " of " + version.size());
    }
    if (length > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "length " + length + " is more than the " + MAX_LENGTH + " of a fetch");
    }
    if (length % Chunks.SIZE != 0 && offset + length != version.size()) {
      throw new IllegalArgumentException("length " + length + " ends inside a chunk");
    }
  }
}
