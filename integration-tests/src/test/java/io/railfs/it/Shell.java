// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs programs and gives back what they said. Output goes through files, so that nothing blocks on
 * a full pipe.
 */
public final class Shell {
  private Shell() {}

  /**
   * What a program answered.
   *
   * @param exit its exit code
   * @param out standard output
   * @param err standard error
   */
  public record Result(int exit, String out, String err) {
    public Result ok() {
      if (exit != 0) {
        throw new AssertionError("exit " + exit + "\nstdout: " + out + "\nstderr: " + err);
      }
      return this;
    }
  }

  public static Result run(
      Duration limit, Map<String, String> environment, Path directory, List<String> words) {
    try {
      Path out = Files.createTempFile("railfs-it", ".out");
      Path err = Files.createTempFile("railfs-it", ".err");
      try {
        ProcessBuilder builder =
            new ProcessBuilder(words).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.redirectInput(Path.of("/dev/null").toFile());
        builder.environment().putAll(environment);
        if (directory != null) {
          builder.directory(directory.toFile());
        }
        Process process = builder.start();
        if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
          process.descendants().forEach(ProcessHandle::destroyForcibly);
          process.destroyForcibly();
          throw new AssertionError(
              words + " did not end within " + limit + "\n" + text(out) + text(err));
        }
        return new Result(process.exitValue(), text(out), text(err));
      } finally {
        Files.delete(out);
        Files.delete(err);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while " + words + " ran", e);
    }
  }

  /** Runs a bash script with arguments $1, $2, ... */
  public static Result bash(String script, Object... arguments) {
    List<String> words = new java.util.ArrayList<>(List.of("bash", "-c", script, "bash"));
    for (Object argument : arguments) {
      words.add(argument.toString());
    }
    return run(Duration.ofMinutes(3), Map.of("LC_ALL", "C.UTF-8"), null, words);
  }

  private static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }
}
