// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store.disk;

import io.railfs.protocol.Checksums;
import io.railfs.protocol.Chunks;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Arrays;

/**
 * The layout of a block's file, big-endian; docs/adr/0003-worker-block-store.md says why:
 *
 * <pre>
 *   data      the bytes of the block, from position 0 so that sendfile needs no arithmetic
 *   trailer   CRC32C of each chunk (4 bytes each) | path | etag
 *   footer    0 magic | 8 format version | 12 block size | 16 data bytes | 20 block index
 *             24 file size | 32 file mtime | 40 path bytes | 44 etag bytes | 48 hash of the UFS
 *             56 zeros | 60 CRC32C of trailer and of the footer before it
 * </pre>
 */
public final class BlockFile {
  public static final int FOOTER_LENGTH = 64;

  /** "RAILBLK" and a newline. */
  private static final long MAGIC = 0x5241494C424C4B0AL;

  /** docs/COMPATIBILITY.md says what a change of it does to stores. */
  static final int FORMAT_VERSION = 2;

  private static final int FORMAT_VERSION_OFFSET = 8;
  private static final int DATA_LENGTH_OFFSET = 16;
  private static final int CRC_OFFSET = 60;

  private BlockFile() {}

  /** Bytes of the file of a block with {@code dataLength} bytes. */
  public static int length(FileId id, int dataLength) {
    return dataLength + tailLength(id, dataLength);
  }

  private static int tailLength(FileId id, int dataLength) {
    return Chunks.count(dataLength) * Integer.BYTES
        + id.pathBytes().length
        + id.etagBytes().length
        + FOOTER_LENGTH;
  }

  /**
   * Writes an empty file. What remains in {@code data} is the block; its position stays as it is.
   */
  public static void write(FileChannel file, FileId id, int index, ByteBuffer data, int[] crcs)
      throws IOException {
    ByteBuffer[] parts = {data.duplicate(), tail(id, index, data.remaining(), crcs)};
    while (parts[1].hasRemaining()) {
      file.write(parts);
    }
  }

  /** Trailer and footer. */
  private static ByteBuffer tail(FileId id, int index, int dataLength, int[] crcs) {
    ByteBuffer tail = ByteBuffer.allocate(tailLength(id, dataLength));
    for (int crc : crcs) {
      tail.putInt(crc);
    }
    tail.put(id.pathBytes()).put(id.etagBytes());
    tail.putLong(MAGIC).putInt(FORMAT_VERSION);
    tail.putInt(id.blockSize()).putInt(dataLength).putInt(index);
    tail.putLong(id.version().size()).putLong(id.version().mtimeNanos());
    tail.putInt(id.pathBytes().length).putInt(id.etagBytes().length);
    tail.putLong(id.origin()).putInt(0);
    tail.putInt(Checksums.crc32c(tail.duplicate().flip()));
    return tail.flip();
  }

  /**
   * Reads the checksums of the chunks and makes sure that the file is whole and holds this block of
   * this file version. The data itself is not read.
   */
  public static int[] readChunkCrcs(FileChannel file, FileId id, int index)
      throws IOException, BadBlockException {
    int dataLength = Chunks.blockLength(id.version().size(), id.blockSize(), index);
    int expected = length(id, dataLength);
    if (file.size() != expected) {
      throw new BadBlockException("the file has " + file.size() + " bytes instead of " + expected);
    }
    ByteBuffer tail = ByteBuffer.allocate(tailLength(id, dataLength));
    readFully(file, tail, dataLength);
    tail.flip();
    int footer = tail.limit() - FOOTER_LENGTH;
    checkFooter(tail, footer, dataLength);
    int[] crcs = new int[Chunks.count(dataLength)];
    tail.asIntBuffer().get(crcs);
    // All the rest is known, so the tail must be what a write of this block would give.
    if (!Arrays.equals(tail.array(), tail(id, index, dataLength, crcs).array())) {
      throw new BadBlockException("it holds a block of another file or version");
    }
    return crcs;
  }

  private static void checkFooter(ByteBuffer tail, int footer, int dataLength)
      throws BadBlockException {
    if (tail.getLong(footer) != MAGIC) {
      throw new BadBlockException("the footer is missing");
    }
    int version = tail.getInt(footer + FORMAT_VERSION_OFFSET);
    if (version != FORMAT_VERSION) {
      throw new BadBlockException("its format version is " + version + ", not " + FORMAT_VERSION);
    }
    ByteBuffer guarded = tail.duplicate().limit(footer + CRC_OFFSET);
    if (Checksums.crc32c(guarded) != tail.getInt(footer + CRC_OFFSET)) {
      throw new BadBlockException("the checksum of the footer differs");
    }
    if (tail.getInt(footer + DATA_LENGTH_OFFSET) != dataLength) {
      throw new BadBlockException("the footer has another length");
    }
  }

  public static void readFully(FileChannel file, ByteBuffer target, long position)
      throws IOException {
    long at = position;
    while (target.hasRemaining()) {
      int read = file.read(target, at);
      if (read < 0) {
        throw new EOFException("the file ends at " + at);
      }
      at += read;
    }
  }
}
