// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/** A file below a mount, or any other, read as programs do. Thread-safe. */
public final class MountedFile implements ReadSource {
  /** What O_DIRECT needs at most. */
  private static final int ALIGNMENT = 4096;

  private final Path path;
  private final FileChannel channel;
  private final long size;
  private final ThreadLocal<ByteBuffer> buffers;

  private MountedFile(Path path, FileChannel channel, int blockSize) throws IOException {
    this.path = path;
    this.channel = channel;
    this.size = channel.size();
    this.buffers = ThreadLocal.withInitial(() -> buffer(blockSize));
  }

  /**
   * Opens it.
   *
   * @param direct whether to go around the kernel's page cache (O_DIRECT): otherwise a second read
   *     is answered by the kernel alone
   * @param blockSize bytes of the largest read; with direct, a multiple of 4096
   */
  public static MountedFile open(Path path, boolean direct, int blockSize) throws IOException {
    if (!Files.isRegularFile(path)) {
      throw new IOException("'" + path + "' is not a file");
    }
    Set<OpenOption> options =
        direct ? Set.of(StandardOpenOption.READ, directOption()) : Set.of(StandardOpenOption.READ);
    FileChannel channel = FileChannel.open(path, options);
    try {
      return new MountedFile(path, channel, blockSize);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** By name, for some compilers refuse to see the class, which every JDK since 10 has. */
  private static OpenOption directOption() throws IOException {
    try {
      for (Object option :
          Class.forName("com.sun.nio.file.ExtendedOpenOption").getEnumConstants()) {
        if (option instanceof OpenOption found && option.toString().equals("DIRECT")) {
          return found;
        }
      }
      throw new IOException("this Java has no O_DIRECT; read without --direct");
    } catch (ClassNotFoundException e) {
      throw new IOException("this Java has no O_DIRECT; read without --direct", e);
    }
  }

  private static ByteBuffer buffer(int blockSize) {
    return ByteBuffer.allocateDirect(blockSize + ALIGNMENT).alignedSlice(ALIGNMENT);
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public void read(long offset, int length) throws IOException {
    ByteBuffer buffer = buffers.get().clear();
    // O_DIRECT takes whole pages; at the end of the file it returns what there is.
    int whole = (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    buffer.limit(Math.min(buffer.capacity(), whole));
    long at = offset;
    while (at < offset + length) {
      int read = channel.read(buffer, at);
      if (read < 0) {
        throw new IOException("'" + path + "' ended early, at " + at);
      }
      at += read;
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
