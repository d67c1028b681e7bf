// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker;

import io.railfs.worker.namespace.UfsMount;
import io.railfs.worker.ufs.Ufs;
import io.railfs.worker.ufs.UfsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.StringJoiner;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The UFS that a store was last used with, kept in each of its directories for people alone: the
 * blocks know theirs by themselves.
 */
final class StoreOrigin {
  private static final Logger log = LoggerFactory.getLogger(StoreOrigin.class);

  private static final String NAME = "ufs";

  private StoreOrigin() {}

  /** Says so where it is another one than before, and keeps it. */
  static void note(List<Path> directories, List<UfsMount> mounts, Ufs ufs) {
    String now;
    try {
      now = text(mounts, ufs);
    } catch (UfsException e) {
      log.info("which UFS the store is used with is not known yet: {}", e.getMessage());
      return;
    }
    for (Path directory : directories) {
      try {
        note(directory, now);
      } catch (IOException e) {
        log.warn("which UFS {} is used with cannot be kept there ({})", directory, e.toString());
      }
    }
  }

  private static String text(List<UfsMount> mounts, Ufs ufs) throws UfsException {
    StringJoiner text = new StringJoiner("; ");
    for (UfsMount mount : mounts) {
      text.add(mount.at() + " = " + ufs.identity(mount.at()));
    }
    return text.toString();
  }

  private static void note(Path directory, String now) throws IOException {
    Path file = directory.resolve(NAME);
    String before = read(file);
    if (before.equals(now)) {
      return;
    }
    if (!before.isEmpty()) {
      log.warn(
          "the store in {} was used with another UFS before ({}) than now ({}); blocks of the"
              + " former are never served, and make way for others; those that are pinned do not,"
              + " until 'railfs load --unpin --all'",
          directory,
          before,
          now);
    }
    Path temporary = file.resolveSibling(NAME + ".new");
    Files.writeString(temporary, now + "\n");
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private static String read(Path file) throws IOException {
    try {
      return Files.readString(file).strip();
    } catch (NoSuchFileException e) {
      return "";
    }
  }
}
