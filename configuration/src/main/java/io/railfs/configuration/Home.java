// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.configuration;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where RailFS is installed, as the launcher reports in the system property {@code railfs.home}.
 */
public final class Home {
  private static final String PROPERTY = "railfs.home";

  private Home() {}

  /** The directory that holds bin/ and conf/; empty where the launcher was not used. */
  public static Optional<Path> directory() {
    return Optional.ofNullable(System.getProperty(PROPERTY)).map(Path::of);
  }

  /**
   * {@code $RAILFS_CONF_DIR}, else conf/ in the home directory, which an installation links to
   * where its conf files are.
   */
  static Optional<Path> confDirectory() {
    return Environment.ofThisProcess()
        .get("RAILFS_CONF_DIR")
        .map(Path::of)
        .or(() -> directory().map(home -> real(home.resolve("conf"))));
  }

  private static Path real(Path directory) {
    try {
      return directory.toRealPath();
    } catch (IOException e) {
      // It is not there, so there is no conf file in it.
      return directory;
    }
  }
}
