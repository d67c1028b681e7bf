// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli.install;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Permissions that do not depend on the umask of whoever installs. */
final class Modes {
  private Modes() {}

  static void set(Path path, String permissions) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
  }
}
