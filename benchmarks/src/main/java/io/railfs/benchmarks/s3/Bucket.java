// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.s3;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;

/**
 * A directory whose files are objects. Directories are none.
 *
 * @param root absolute
 */
record Bucket(String name, Path root) {
  private static final List<String> NO_NAMES = List.of("", ".", "..");

  /** The object of this key; empty where no file has that name. */
  Optional<StoredObject> find(String key) throws IOException {
    Optional<Path> file = path(key);
    if (file.isEmpty()) {
      return Optional.empty();
    }
    try {
      BasicFileAttributes attributes = Files.readAttributes(file.get(), BasicFileAttributes.class);
      return attributes.isRegularFile()
          ? Optional.of(StoredObject.of(key, file.get(), attributes))
          : Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      if (isBelowFile(file.get())) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Of a name below a file the kernel says ENOTDIR, for which the JDK has no exception. */
  private boolean isBelowFile(Path file) {
    Path parent = file.getParent();
    while (parent.startsWith(root) && !Files.isDirectory(parent)) {
      if (Files.isRegularFile(parent)) {
        return true;
      }
      parent = parent.getParent();
    }
    return false;
  }

  /** The directory of a prefix that is empty or ends with a slash. */
  Optional<Path> directory(String prefix) {
    Optional<Path> directory =
        prefix.isEmpty() ? Optional.of(root) : path(prefix.substring(0, prefix.length() - 1));
    return directory.filter(Files::isDirectory);
  }

  /** Empty where a key is no path below the root that names each of its parts. */
  private Optional<Path> path(String key) {
    for (String part : key.split("/", -1)) {
      if (NO_NAMES.contains(part)) {
        return Optional.empty();
      }
    }
    try {
      return Optional.of(root.resolve(key));
    } catch (InvalidPathException e) {
      // No file can have that name.
      return Optional.empty();
    }
  }
}
