// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli.install;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * One conf file: it belongs to the operator as soon as it differs from every one that RailFS laid
 * down here.
 *
 * @param target where it is used
 * @param wanted what this release brings
 * @param earlier what the releases before brought
 */
record ConfFile(Path target, Path wanted, List<Path> earlier) {
  /** What became of it. */
  enum Outcome {
    /** It was not there. */
    LAID_DOWN,
    /** It was as an earlier release had brought it. */
    RENEWED,
    /** It is as this release brings it. */
    SAME,
    /** It has been edited, and stays. */
    KEPT
  }

  Outcome install() throws IOException {
    if (!Files.exists(target)) {
      replace();
      return Outcome.LAID_DOWN;
    }
    if (same(wanted)) {
      return Outcome.SAME;
    }
    for (Path version : earlier) {
      if (Files.exists(version) && same(version)) {
        replace();
        return Outcome.RENEWED;
      }
    }
    return Outcome.KEPT;
  }

  private boolean same(Path version) throws IOException {
    return Files.mismatch(target, version) < 0;
  }

  private void replace() throws IOException {
    Path temporary = target.resolveSibling("." + target.getFileName() + ".new");
    Files.copy(wanted, temporary, StandardCopyOption.REPLACE_EXISTING);
    Modes.set(temporary, "rw-r--r--");
    Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
  }
}
