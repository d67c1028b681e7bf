// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.system;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.railfs.configuration.Environment;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Runs a small program of the system, with a deadline. Arguments are never seen by a shell. */
final class Tool {
  /**
   * How it ended.
   *
   * @param exit its exit code
   * @param output what it printed, on stdout and stderr
   */
  record Outcome(int exit, String output) {
    boolean succeeded() {
      return exit == 0;
    }
  }

  private Tool() {}

  static Outcome run(List<String> command, Duration timeout)
      throws CommandException, InterruptedException {
    try {
      // A file, not a pipe: nobody has to read while the deadline runs.
      Path output = Files.createTempFile("railfs", ".out");
      try {
        return run(command, timeout, output);
      } finally {
        Files.delete(output);
      }
    } catch (IOException e) {
      throw new CommandException(command.get(0) + " cannot be run: " + e.getMessage(), e);
    }
  }

  private static Outcome run(List<String> command, Duration timeout, Path output)
      throws CommandException, InterruptedException, IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("LC_ALL", "C.UTF-8");
    builder.redirectErrorStream(true);
    builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    builder.redirectOutput(output.toFile());
    Process process = builder.start();
    if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
      process.destroyForcibly();
      throw new CommandException(
          String.join(" ", command) + " did not end within " + timeout.toSeconds() + " s");
    }
    return new Outcome(process.exitValue(), Files.readString(output, UTF_8).strip());
  }

  /** The first of these programs that is on the PATH or in the usual directories. */
  static Optional<String> find(String... names) {
    String path =
        Environment.ofThisProcess().get("PATH").orElse("") + ":/usr/bin:/bin:/usr/sbin:/sbin";
    for (String name : names) {
      for (String directory : path.split(":", -1)) {
        if (!directory.isEmpty() && Files.isExecutable(Path.of(directory, name))) {
          return Optional.of(Path.of(directory, name).toString());
        }
      }
    }
    return Optional.empty();
  }
}
