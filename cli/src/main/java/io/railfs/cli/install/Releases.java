// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli.install;

import io.railfs.base.FileTree;
import io.railfs.supervision.system.CommandException;
import io.railfs.supervision.system.Holder;
import io.railfs.supervision.system.Holders;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The releases below PREFIX/lib/railfs, each in a directory of its own, so that mounts and workers
 * that run keep the files that they were started from.
 *
 * @param directory where they are now
 */
record Releases(Path directory) {
  /** How long a class archive takes to make at most, on a busy machine. */
  private static final Duration ARCHIVE = Duration.ofSeconds(60);

  /** For a process that is about to end. */
  private static final Duration MOMENT = Duration.ofSeconds(1);

  /** All of them, in no order. */
  List<Path> all() throws IOException {
    List<Path> all = new ArrayList<>();
    if (!Files.isDirectory(directory)) {
      return all;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
          all.add(entry);
        }
      }
    }
    return all;
  }

  /** Lays a release down as a whole, or finds it there. */
  Path add(String name, Distribution distribution, Path confDirectory) throws IOException {
    Path release = directory.resolve(name);
    if (Files.isDirectory(release)) {
      return release;
    }
    Files.createDirectories(directory);
    Path unfinished = directory.resolve(".unfinished-" + name);
    FileTree.delete(unfinished);
    distribution.copyTo(unfinished);
    Files.createSymbolicLink(unfinished.resolve("conf"), confDirectory);
    try (Stream<Path> walk = Files.walk(unfinished)) {
      for (Path path : walk.filter(Files::isDirectory).toList()) {
        if (!Files.isSymbolicLink(path)) {
          Modes.set(path, "rwxr-xr-x");
        }
      }
    }
    return Files.move(unfinished, release, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Processes that run from any of them. */
  List<Holder> users() throws CommandException {
    return Files.isDirectory(directory) ? Holders.of(directory) : List.of();
  }

  /** Deletes the releases that nobody needs, and returns which. */
  List<Path> prune(Path used) throws IOException, CommandException {
    List<Path> gone = new ArrayList<>();
    for (Path release : all()) {
      if (!release.equals(used) && isFree(release)) {
        FileTree.delete(release);
        gone.add(release);
      }
    }
    return gone;
  }

  /**
   * Whether nobody runs from it, after a while at most: a class archive in the making ends soon.
   */
  private static boolean isFree(Path release) throws IOException, CommandException {
    long last = System.nanoTime() + ARCHIVE.toNanos();
    long end = System.nanoTime() + MOMENT.toNanos();
    while (!Holders.of(release).isEmpty()) {
      long now = System.nanoTime();
      if (now < last && isBeingArchived(release)) {
        end = now + MOMENT.toNanos();
      }
      if (now > end) {
        return false;
      }
      try {
        TimeUnit.MILLISECONDS.sleep(100);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return true;
  }

  /** Whether bin/railfs, which holds a lock meanwhile, makes its archive of parsed classes. */
  private static boolean isBeingArchived(Path release) throws IOException {
    Path archives = release.resolve("cds");
    if (!Files.isDirectory(archives)) {
      return false;
    }
    try (DirectoryStream<Path> locks = Files.newDirectoryStream(archives, "*.lock")) {
      return locks.iterator().hasNext();
    }
  }
}
