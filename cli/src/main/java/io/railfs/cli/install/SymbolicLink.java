// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli.install;

import io.railfs.supervision.system.CommandException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * A symbolic link that an installation needs.
 *
 * @param path where it is now
 * @param target what it points to, as it is later
 */
record SymbolicLink(Path path, Path target) {
  /** Fails with {@link CommandException} where something else is in its place. */
  void check() throws CommandException {
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS) && !Files.isSymbolicLink(path)) {
      throw new CommandException(
          path + " is there and is no link of RailFS; move it away and install again");
    }
  }

  boolean isThere() throws IOException {
    return Files.isSymbolicLink(path) && Files.readSymbolicLink(path).equals(target);
  }

  /** Makes it, or lets it point elsewhere in one step. */
  void make() throws IOException {
    if (isThere()) {
      return;
    }
    Files.createDirectories(path.getParent());
    Path temporary = path.resolveSibling("." + path.getFileName() + ".new");
    Files.deleteIfExists(temporary);
    Files.createSymbolicLink(temporary, target);
    Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Takes it away where it is ours; false where it is not there. */
  boolean remove() throws IOException {
    return isThere() && Files.deleteIfExists(path);
  }
}
