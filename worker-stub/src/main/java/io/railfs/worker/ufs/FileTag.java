// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.ufs;

import io.railfs.protocol.Era;
import io.railfs.worker.posix.FileStatus;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;

/**
 * The etag of a file in a directory: a hash of what size and modification time in 64 bits do not
 * say. The device is not in it, for the machines that mount one file system number it differently.
 *
 * <p>48 bits as eight characters: a mount keeps one for each entry of its listings, and two
 * contents of one path would have to agree in size and modification time besides.
 */
final class FileTag {
  private static final int BYTES = 6;

  private FileTag() {}

  static String of(FileIdentity identity, FileStatus status) {
    FileStatus.FileTime modified = status.modified();
    if (identity == FileIdentity.INODE) {
      long hash = mix(status.inode());
      hash = mix(hash, status.changed());
      return text(mix(hash, modified));
    }
    // Beyond what 64 bits of nanoseconds hold the same ones come again.
    boolean isOfEraNull = Era.of(modified.seconds(), modified.nano()) == 0;
    return isOfEraNull ? "" : text(mix(0, modified));
  }

  private static long mix(long hash, FileStatus.FileTime time) {
    return mix(mix(hash ^ time.seconds()) ^ time.nano());
  }

  /** The finalizer of SplitMix64 (Steele, Lea, Flood, 2014). */
  private static long mix(long value) {
    long z = value + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  private static String text(long hash) {
    byte[] bytes = ByteBuffer.allocate(Long.BYTES).putLong(hash).array();
    return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(bytes, BYTES));
  }
}
