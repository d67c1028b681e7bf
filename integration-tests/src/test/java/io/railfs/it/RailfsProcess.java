// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import java.nio.file.Path;

/** {@code bin/railfs}, as a user has it. */
public final class RailfsProcess {
  public static final Path PATH =
      Path.of(System.getProperty("railfs.home"), "bin/railfs").normalize();

  static {
    // Else the first command makes the archive of classes in the background, in a namespace that
    // may end with its test, and every JVM of the suite loads its classes from the jars.
    Shell.bash("\"$1\" warm-up", PATH).ok();
  }

  private RailfsProcess() {}
}
