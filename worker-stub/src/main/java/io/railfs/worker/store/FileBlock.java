package io.railfs.worker.store;

import io.netty.channel.DefaultFileRegion;
import io.netty.channel.FileRegion;
import io.railfs.protocol.Checksums;
import io.railfs.protocol.Chunks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A block in an open file, sent by sendfile. The file may be unlinked: the descriptor keeps it. */
final class FileBlock extends Block {
  private static final Logger log = LoggerFactory.getLogger(FileBlock.class);

  private static final int VERIFY_BUFFER = 8 * Chunks.SIZE;

  private final BlockKey key;
  private final FileChannel file;

  FileBlock(BlockKey key, FileChannel file, int length, int[] chunkCrcs) {
    super(length, chunkCrcs);
    this.key = key;
    this.file = file;
  }

  @Override
  public FileRegion payload(int offset, int count) {
    return new Region(file, offset, count);
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
