package io.railfs.worker.store;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Keeps the last few bad block files of a store directory for whoever wants to know what the disk
 * did. Thread-safe.
 */
final class Quarantine {
  static final int MAX_FILES = 16;

  private final Path directory;

  Quarantine(Path storeDirectory) {
    this.directory = storeDirectory.resolve("quarantine");
  }

  /** Moves a file here; deletes the oldest ones beyond the limit. */
  synchronized void take(Path file) throws IOException {
    Files.createDirectories(directory);
    Path target = directory.resolve(String.valueOf(file.getFileName()));
    Files.move(file, target, StandardCopyOption.REPLACE_EXISTING);
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
      all.forEach(files::add);
    }
    if (files.size() > MAX_FILES) {
      files.remove(target);
      files.sort(Comparator.comparing(Quarantine::modified));
      for (Path old : files.subList(0, files.size() + 1 - MAX_FILES)) {
        Files.deleteIfExists(old);
      }
    }
  }

  private static FileTime modified(Path file) {
    try {
      return Files.getLastModifiedTime(file);
    } catch (IOException e) {
      // Whoever cannot be asked goes first.
      return FileTime.fromMillis(0);
    }
  }
}
