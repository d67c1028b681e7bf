// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.csi.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What statfs(2) says of a file system.
 *
 * @param totalBytes its size
 * @param freeBytes what nobody uses
 * @param availableBytes what ordinary users may use of that
 * @param files how many it may have
 * @param freeFiles how many more
 */
public record SpaceNumbers(
    long totalBytes, long freeBytes, long availableBytes, long files, long freeFiles) {
  static final int BYTES = 120;

  /** Of a struct statfs of a 64-bit machine. */
  static SpaceNumbers of(byte[] statfs) {
    ByteBuffer from = ByteBuffer.wrap(statfs).order(ByteOrder.nativeOrder());
    long block = from.getLong(8);
    return new SpaceNumbers(
        block * from.getLong(16),
        block * from.getLong(24),
        block * from.getLong(32),
        from.getLong(40),
        from.getLong(48));
  }
}
