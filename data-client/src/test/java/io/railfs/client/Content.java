// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import io.railfs.protocol.FileVersion;

/** Files whose bytes follow from their path and the position, so that nobody has to keep them. */
final class Content {
  private Content() {}

  static FileVersion version(long size) {
    return new FileVersion(size, 1_700_000_000_000_000_000L, "");
  }

  static byte[] of(String path, long offset, int length) {
    byte[] bytes = new byte[length];
    long seed = path.hashCode();
    for (int i = 0; i < length; i++) {
      long position = offset + i;
      long word = (seed + (position >>> 3)) * 0x9E3779B97F4A7C15L;
      word ^= word >>> 29;
      bytes[i] = (byte) (word >>> ((position & 7) * 8));
    }
    return bytes;
  }
}
