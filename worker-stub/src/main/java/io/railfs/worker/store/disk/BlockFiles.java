// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.HexFormat;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of the blocks of one directory, in 256 subdirectories. A pinned block's file is
 * executable by its owner: so the pin is where the block is, and found with it. Thread-safe.
 */
public final class BlockFiles {
  private static final Logger log = LoggerFactory.getLogger(BlockFiles.class);

  /** Of every file that is being written. */
  public static final String TEMPORARY_PREFIX = ".tmp-";

  private static final int PROBE_CHUNK = 64 << 10;

  private final Path path;
  private final AtomicLong temporaries = new AtomicLong();

  /** Distinguishes the files that this process is writing from those that another left behind. */
  private final String run = HexFormat.of().toHexDigits(new Random().nextLong()) + "-";

  public BlockFiles(Path path) {
    this.path = path;
  }

  /**
   * What a file's attributes report of a block.
   *
   * @param bytes of the file
   * @param pinned whether it is never evicted
   */
  public record Found(int bytes, boolean pinned) {
    static Found of(PosixFileAttributes attributes) {
      return new Found(
          (int) Math.min(Integer.MAX_VALUE, attributes.size()),
          attributes.permissions().contains(PosixFilePermission.OWNER_EXECUTE));
    }
  }

  /** The attributes of a block's file. Fails: NoSuchFileException where there is none. */
  Found find(BlockKey key) throws IOException {
    return Found.of(Files.readAttributes(of(key), PosixFileAttributes.class));
  }

  /** Whether a file of this name is one that nobody writes any more. */
  boolean isLeftOver(String name) {
    return name.startsWith(TEMPORARY_PREFIX) && !name.startsWith(TEMPORARY_PREFIX + run);
  }

  public Path of(BlockKey key) {
    return path.resolve(key.shard()).resolve(key.toString());
  }

  /** Opens the file of a block for reading. */
  public FileChannel open(BlockKey key) throws IOException {
    return FileChannel.open(of(key), StandardOpenOption.READ);
  }

  /**
   * Writes a block under a temporary name, then renames it. Nothing is synced: after a power cut
   * the checksums reveal a file that lacks its data.
   *
   * @return the open file, for reading too; the caller closes it
   */
  FileChannel write(BlockKey key, FileId id, ByteBuffer data, int[] crcs) throws IOException {
    Path target = of(key);
    Path temporary = temporary(target.getParent(), key.toString());
    FileChannel file = create(temporary);
    boolean done = false;
    try {
      BlockFile.write(file, id, key.index(), data, crcs);
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
      done = true;
      return file;
    } finally {
      if (!done) {
        file.close();
        Files.deleteIfExists(temporary);
      }
    }
  }

  private Path temporary(Path where, String name) {
    return where.resolve(TEMPORARY_PREFIX + run + name + "-" + temporaries.incrementAndGet());
  }

  private static FileChannel create(Path file) throws IOException {
    try {
      return openNew(file);
    } catch (NoSuchFileException e) {
      createShard(file.getParent());
      return openNew(file);
    }
  }

  /**
   * Only this level: a store directory that has gone with its disk must not come back elsewhere.
   */
  private static void createShard(Path shard) throws IOException {
    try {
      Files.createDirectory(shard);
    } catch (FileAlreadyExistsException e) {
      log.trace("another thread made {}", shard);
    }
  }

  private static FileChannel openNew(Path file) throws IOException {
    return FileChannel.open(
        file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  void delete(BlockKey key) throws IOException {
    Files.deleteIfExists(of(key));
  }

  /** Makes the pin of a block last, or takes it away. */
  void setPinned(BlockKey key, boolean pinned) throws IOException {
    Path file = of(key);
    Set<PosixFilePermission> modes = Files.getPosixFilePermissions(file);
    boolean changed =
        pinned
            ? modes.add(PosixFilePermission.OWNER_EXECUTE)
            : modes.remove(PosixFilePermission.OWNER_EXECUTE);
    if (changed) {
      Files.setPosixFilePermissions(file, modes);
    }
  }

  /** Tries whether a file of this length can be written; it does not stay. */
  void probeWriting(int bytes) throws IOException {
    Path probe = temporary(path, "probe");
    try (FileChannel file = openNew(probe)) {
      ByteBuffer zeros = ByteBuffer.allocate(PROBE_CHUNK);
      for (int left = Math.max(1, bytes); left > 0; left -= PROBE_CHUNK) {
        zeros.clear().limit(Math.min(left, PROBE_CHUNK));
        while (zeros.hasRemaining()) {
          file.write(zeros);
        }
      }
      file.force(false);
    } finally {
      Files.deleteIfExists(probe);
    }
  }

  /**
   * Tries whether the file of a block can be read to its end.
   *
   * @return false where there is no such file
   */
  boolean probeReading(BlockKey key) throws IOException {
    try (FileChannel file = open(key)) {
      ByteBuffer buffer = ByteBuffer.allocate(PROBE_CHUNK);
      while (file.read(buffer.clear()) >= 0) {
        log.trace("read {} of {}", buffer.position(), key);
      }
      return true;
    } catch (NoSuchFileException e) {
      return false;
    }
  }
}
