// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.cache;

import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Names the content of one version of one file by the first 128 bits of a SHA-256 over path and
 * version. It is a hash, so that no table has to remember which files have pages in the cache.
 *
 * @param high first 64 bits
 * @param low next 64 bits
 */
public record FileKey(long high, long low) {
  public static FileKey of(RailPath path, FileVersion version) {
    MessageDigest digest = sha256();
    digest.update(path.latin1().getBytes(StandardCharsets.ISO_8859_1));
    // A path holds no NUL, so the fields cannot run into each other.
    digest.update((byte) 0);
    digest.update(
        ByteBuffer.allocate(16).putLong(version.size()).putLong(version.mtimeNanos()).flip());
    digest.update(version.etag().getBytes(StandardCharsets.UTF_8));
    ByteBuffer hash = ByteBuffer.wrap(digest.digest());
    return new FileKey(hash.getLong(), hash.getLong());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
