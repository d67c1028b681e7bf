package io.railfs.worker.store;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the blocks that an earlier worker left in a store directory, by their names alone: no file
 * is opened. Removes what was not finished.
 */
final class DirectoryScan {
  private static final Logger log = LoggerFactory.getLogger(DirectoryScan.class);

  private static final int SHARDS = 256;

  private DirectoryScan() {}

  /** Takes one block that was found. */
  interface Found {
    void accept(BlockKey key, int fileBytes);
  }

  static void run(StoreDirectory directory, Found found) throws StoreException {
    for (int i = 0; i < SHARDS; i++) {
      Path shard = directory.path().resolve(String.format("%02x", i));
      try (DirectoryStream<Path> files = Files.newDirectoryStream(shard)) {
        for (Path file : files) {
          scan(file, found);
        }
      } catch (NoSuchFileException e) {
        log.trace("no shard {} yet", shard);
      } catch (IOException | DirectoryIteratorException e) {
        throw new StoreException(
            "store directory " + directory.path() + " cannot be read (" + e + ")", e);
      }
    }
  }

  private static void scan(Path file, Found found) throws IOException {
    String name = String.valueOf(file.getFileName());
    if (name.startsWith(StoreDirectory.TEMPORARY_PREFIX)) {
      Files.deleteIfExists(file);
      return;
    }
    BlockKey key = BlockKey.parse(name);
    if (key == null) {
      log.warn("{} is no block of this store; RailFS leaves it alone", file);
      return;
    }
    long size = Files.readAttributes(file, BasicFileAttributes.class).size();
    found.accept(key, (int) Math.min(Integer.MAX_VALUE, size));
  }
}
