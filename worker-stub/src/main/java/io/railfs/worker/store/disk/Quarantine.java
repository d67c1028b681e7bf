// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store.disk;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Keeps the last few bad block files of a store directory for whoever wants to know what the disk
 * did, as long as the disk has room for them: they count for no capacity. Thread-safe.
 */
public final class Quarantine {
  public static final int MAX_FILES = 16;

  private final Path directory;

  Quarantine(Path storeDirectory) {
    this.directory = storeDirectory.resolve("quarantine");
  }

  /** Moves a file here; deletes the oldest ones beyond the limit. */
  synchronized void take(Path file) throws IOException {
    Files.createDirectories(directory);
    Path target = directory.resolve(String.valueOf(file.getFileName()));
    Files.move(file, target, StandardCopyOption.REPLACE_EXISTING);
    List<Path> files = files();
    if (files.size() > MAX_FILES) {
      files.remove(target);
      files.sort(Comparator.comparing(Quarantine::modified));
      for (Path old : files.subList(0, files.size() + 1 - MAX_FILES)) {
        Files.deleteIfExists(old);
      }
    }
  }

  /** Deletes what is here; false where nothing is. */
  synchronized boolean empty() throws IOException {
    List<Path> files = files();
    for (Path file : files) {
      Files.deleteIfExists(file);
    }
    return !files.isEmpty();
  }

  private List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
      all.forEach(files::add);
    } catch (NoSuchFileException e) {
      // Nothing was ever put aside.
      return List.of();
    }
    return files;
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
