// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision;

import com.typesafe.config.Config;
import io.railfs.base.FileFailure;
import io.railfs.supervision.system.CommandException;
import io.railfs.supervision.system.User;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where background processes log.
 *
 * @param directory absolute
 */
public record LogDirectory(Path directory) {
  /** The one that the conf names, made if it is missing. */
  public static LogDirectory of(Config config) throws CommandException {
    String named = config.getString("railfs.log.directory");
    Path directory = named.isEmpty() ? standard() : Path.of(named).toAbsolutePath();
    if (directory.toString().contains("%")) {
      // It would mean something in the pattern by which closed files are named.
      throw new CommandException(
          "the log directory %s has a %% in its name; name another with -D railfs.log.directory=DIR"
              .formatted(directory));
    }
    try {
      return new LogDirectory(Files.createDirectories(directory));
    } catch (IOException e) {
      throw new CommandException(
          "the log directory %s cannot be made (%s); name another with -D railfs.log.directory=DIR"
              .formatted(directory, FileFailure.describe(e)),
          e);
    }
  }

  private static Path standard() throws CommandException {
    return User.isRoot()
        ? Path.of("/var/log/railfs")
        : User.home().resolve(".local/state/railfs/log");
  }

  /** What the process logs. */
  public Path log(RunId id) {
    return directory.resolve(id.text() + ".log");
  }

  /** What the JVM itself prints. */
  Path output(RunId id) {
    return directory.resolve(id.text() + ".out");
  }
}
