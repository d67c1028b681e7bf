// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.system;

import io.railfs.base.FileFailure;
import io.railfs.base.MountEntry;
import io.railfs.base.MountInfo;
import io.railfs.supervision.system.MountProbe.Answer;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A directory that is to be mounted on. */
public final class Mountpoint {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private Mountpoint() {}

  /**
   * The path as the kernel names it: absolute, links in it followed, also where a stale mount
   * stands at its end.
   */
  public static Path resolve(Path path) {
    Path absolute = path.toAbsolutePath().normalize();
    try {
      return absolute.toRealPath();
    } catch (IOException e) {
      // Not there, or stale: then its parent can still be followed.
      return resolveParent(absolute);
    }
  }

  private static Path resolveParent(Path absolute) {
    Path parent = absolute.getParent();
    if (parent == null) {
      return absolute;
    }
    try {
      return parent.toRealPath().resolve(absolute.getFileName());
    } catch (IOException e) {
      // Whoever uses the path next finds out why it is not there, and says so.
      return absolute;
    }
  }

  /** Whether a RailFS mount is seen there, in whatever state. */
  public static boolean isMounted(Path mountpoint) throws CommandException {
    return MountInfo.read().at(mountpoint).filter(MountEntry::isRailfs).isPresent();
  }

  /** Whether a RailFS mount is seen there whose process has gone. */
  public static boolean isStale(Path mountpoint) throws CommandException, InterruptedException {
    return isMounted(mountpoint) && MountProbe.process(mountpoint, TIMEOUT) == Answer.STALE;
  }

  /** Takes stale RailFS mounts at the path away, however many lie on one another. */
  public static boolean clearStale(Path mountpoint) throws CommandException, InterruptedException {
    boolean cleared = false;
    while (isStale(mountpoint)) {
      Unmount.run(mountpoint, Unmount.Mode.LAZY);
      cleared = true;
    }
    return cleared;
  }

  /** Checks that it can be mounted on. Fails with {@link CommandException} with the reason. */
  public static void check(Path mountpoint, boolean mayHoldFiles)
      throws CommandException, InterruptedException {
    if (isMounted(mountpoint)) {
      throw new CommandException(
          Exit.MOUNTED,
          mountpoint + " is mounted by railfs already; 'railfs mount' lists the mounts",
          null);
    }
    switch (MountProbe.stat(mountpoint, TIMEOUT)) {
      case MISSING ->
          throw new CommandException(
              "mountpoint %s does not exist; create it with: mkdir -p '%s'"
                  .formatted(mountpoint, mountpoint));
      case STALE, SILENT ->
          throw new CommandException(
              "mountpoint " + mountpoint + " does not answer: another file system hangs there");
      case ALIVE, DENIED, FAILED -> checkDirectory(mountpoint, mayHoldFiles);
    }
  }

  private static void checkDirectory(Path mountpoint, boolean mayHoldFiles)
      throws CommandException {
    if (!Files.isDirectory(mountpoint)) {
      throw new CommandException("mountpoint " + mountpoint + " is not a directory");
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(mountpoint)) {
      if (!mayHoldFiles && entries.iterator().hasNext()) {
        throw new CommandException(
            "mountpoint " + mountpoint + " is not empty; empty it or mount with -o nonempty");
      }
    } catch (IOException e) {
      throw new CommandException(
          "mountpoint " + mountpoint + " cannot be read: " + FileFailure.describe(e), e);
    }
  }
}
