// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.base.MountEntry;
import io.railfs.base.MountInfo;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RailPath;
import io.railfs.supervision.system.CommandException;
import io.railfs.supervision.system.PathBytes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A path below a mount of this machine.
 *
 * @param whole absolute and normal
 * @param mountpoint of the mount
 * @param inside the mount
 */
record MountedPath(Path whole, Path mountpoint, RailPath inside) {
  /**
   * The path that an argument names. Links that lead to a mount are followed; inside a mount
   * nothing is looked at, for what is there may not be known yet.
   */
  static MountedPath of(String argument) throws CommandException {
    Path whole = PathBytes.workingDirectory().resolve(PathBytes.argument(argument)).normalize();
    Optional<Path> mountpoint = mountpoint(whole);
    if (mountpoint.isEmpty()) {
      whole = followed(whole);
      mountpoint = mountpoint(whole);
    }
    if (mountpoint.isEmpty()) {
      throw new CommandException(
          argument + " is not below a mount of railfs; 'railfs mount' lists the mounts");
    }
    return new MountedPath(whole, mountpoint.get(), inside(argument, mountpoint.get(), whole));
  }

  /** The mount that is seen at a path, where it is one of ours. */
  private static Optional<Path> mountpoint(Path path) throws CommandException {
    return MountInfo.read().entries().stream()
        .filter(entry -> path.startsWith(entry.mountpoint()))
        // Of those at the same place, the last made is seen.
        .reduce(
            (one, other) ->
                other.mountpoint().getNameCount() >= one.mountpoint().getNameCount() ? other : one)
        .filter(MountEntry::isRailfs)
        .map(MountEntry::mountpoint);
  }

  /** With links in it followed as far as it is there. */
  private static Path followed(Path path) {
    for (Path there = path; there != null; there = there.getParent()) {
      try {
        return there.toRealPath().resolve(there.relativize(path)).normalize();
      } catch (IOException e) {
        // Its parent may be there.
      }
    }
    return path;
  }

  private static RailPath inside(String argument, Path mountpoint, Path whole)
      throws CommandException {
    try {
      return whole.equals(mountpoint)
          ? RailPath.ROOT
          : RailPath.ofLatin1("/" + PathBytes.latin1(mountpoint.relativize(whole)));
    } catch (ProtocolException e) {
      throw new CommandException(argument + " is no path of a dataset: " + e.getMessage(), e);
    }
  }
}
