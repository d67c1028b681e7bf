// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store.disk;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * One version of one file of one UFS, cut into blocks of one size, with its hash. Immutable. Making
 * one costs a SHA-256 of the path: keep it where several reads of a file follow each other.
 */
public final class FileId {
  private final RailPath path;
  private final FileVersion version;
  private final int blockSize;
  private final byte[] pathBytes;
  private final byte[] etagBytes;
  private final long origin;
  private final long high;
  private final long low;

  /**
   * @param ufs what distinguishes the UFS that has the file from others
   * @param blockSize bytes
   */
  public FileId(String ufs, RailPath path, FileVersion version, int blockSize) {
    requireNonNull(ufs, "ufs is null");
    this.path = requireNonNull(path, "path is null");
    this.version = requireNonNull(version, "version is null");
    this.blockSize = blockSize;
    this.pathBytes = path.latin1().getBytes(ISO_8859_1);
    this.etagBytes = version.etag().getBytes(UTF_8);
    ByteBuffer numbers = ByteBuffer.allocate(24);
    // The lengths keep path and etag from running into each other.
    numbers.putLong(version.size()).putLong(version.mtimeNanos());
    numbers.putInt(blockSize).putInt(pathBytes.length).flip();
    MessageDigest sha256 = sha256();
    byte[] originBytes = sha256.digest(ufs.getBytes(UTF_8));
    this.origin = ByteBuffer.wrap(originBytes).getLong();
    sha256.update(originBytes);
    sha256.update(numbers);
    sha256.update(pathBytes);
    ByteBuffer hash = ByteBuffer.wrap(sha256.digest(etagBytes));
    this.high = hash.getLong();
    this.low = hash.getLong();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  public RailPath path() {
    return path;
  }

  public FileVersion version() {
    return version;
  }

  /** Bytes of a block. */
  public int blockSize() {
    return blockSize;
  }

  byte[] pathBytes() {
    return pathBytes;
  }

  byte[] etagBytes() {
    return etagBytes;
  }

  /** 64 bits of the hash of the UFS. */
  long origin() {
    return origin;
  }

  public BlockKey key(int index) {
    return new BlockKey(high, low, index);
  }
}
