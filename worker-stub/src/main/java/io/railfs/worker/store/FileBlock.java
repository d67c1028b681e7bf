// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.DefaultFileRegion;
import io.netty.util.ReferenceCounted;
import io.railfs.protocol.Checksums;
import io.railfs.protocol.Chunks;
import io.railfs.worker.store.disk.BadBlockException;
import io.railfs.worker.store.disk.BlockFile;
import io.railfs.worker.store.disk.BlockKey;
import io.railfs.worker.store.disk.StoredBlock;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A block in an open file, sent by sendfile. The file may be unlinked: the descriptor keeps it. */
final class FileBlock extends Block {
  private static final Logger log = LoggerFactory.getLogger(FileBlock.class);

  /**
   * Runs up to here are copied through a direct buffer instead: a sendfile for each, with its head
   * in a write of its own, costs more system calls than one write for several whole replies.
   */
  private static final int MAX_COPY = 2 * Chunks.SIZE;

  private static final int VERIFY_BUFFER = 8 * Chunks.SIZE;

  private final StoredBlock stored;
  private final FileChannel file;

  FileBlock(StoredBlock stored, FileChannel file, int length, int[] chunkCrcs) {
    super(length, chunkCrcs);
    this.stored = stored;
    this.file = file;
  }

  StoredBlock stored() {
    return stored;
  }

  @Override
  public boolean isStored() {
    return true;
  }

  @Override
  public ReferenceCounted payload(ByteBufAllocator allocator, int offset, int count) {
    ByteBuf copy = count <= MAX_COPY ? tryCopy(allocator, offset, count) : null;
    if (copy == null) {
      return new Region(file, offset, count);
    }
    release();
    return copy;
  }

  /** Null where the file cannot be read; sending the region then reports why. */
  private ByteBuf tryCopy(ByteBufAllocator allocator, int offset, int count) {
    try {
      return copy(allocator, offset, count);
    } catch (IOException e) {
      log.warn("block {} cannot be read", stored.key(), e);
      return null;
    }
  }

  @Override
  ByteBuf copy(ByteBufAllocator allocator, int offset, int count) throws IOException {
    ByteBuf copy = allocator.directBuffer(count);
    boolean whole = false;
    try {
      int read = 0;
      while (read < count) {
        int now = copy.writeBytes(file, (long) offset + read, count - read);
        if (now < 0) {
          throw new EOFException("the file of block " + stored.key() + " is too short");
        }
        read += now;
      }
      whole = true;
      return copy;
    } catch (EOFException e) {
      throw e;
    } catch (IOException e) {
      stored.directory().health().readFailed(e);
      throw e;
    } finally {
      if (!whole) {
        copy.release();
      }
    }
  }

  @Override
  public void read(ByteBuffer target, int offset) throws IOException {
    try {
      long at = offset;
      while (target.hasRemaining()) {
        int now = file.read(target, at);
        if (now < 0) {
          throw new EOFException("the file of block " + stored.key() + " is too short");
        }
        at += now;
      }
    } catch (EOFException e) {
      throw e;
    } catch (IOException e) {
      stored.directory().health().readFailed(e);
      throw e;
    }
  }

  /** Reads every chunk and compares its checksum. */
  void verify() throws IOException, BadBlockException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(VERIFY_BUFFER);
    for (int start = 0; start < length(); start += VERIFY_BUFFER) {
      buffer.clear().limit(Math.min(VERIFY_BUFFER, length() - start));
      BlockFile.readFully(file, buffer, start);
      int[] crcs = Checksums.ofChunks(buffer.flip());
      for (int i = 0; i < crcs.length; i++) {
        int chunk = start / Chunks.SIZE + i;
        if (crcs[i] != chunkCrc(chunk)) {
          throw new BadBlockException("the checksum of chunk " + chunk + " differs");
        }
      }
    }
  }

  @Override
  void free() {
    close(stored.key(), file);
  }

  /** Closes the file of a block. */
  static void close(BlockKey key, FileChannel file) {
    try {
      file.close();
    } catch (IOException e) {
      log.warn("closing the file of block {} failed; its descriptor may be lost", key, e);
    }
  }

  /** Gives the block's reference back instead of closing the file, which other regions share. */
  private final class Region extends DefaultFileRegion {
    Region(FileChannel file, long position, long count) {
      super(file, position, count);
    }

    @Override
    protected void deallocate() {
      FileBlock.this.release();
    }
  }
}
