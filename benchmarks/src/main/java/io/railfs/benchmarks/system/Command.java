// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.system;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Programs that end by themselves. What they say goes through files, so that no pipe fills up. */
public final class Command {
  private static final int SHOWN = 2000;

  private Command() {}

  /**
   * What a program answered.
   *
   * @param exit its exit code
   * @param out what it said, standard error included
   */
  public record Result(int exit, String out) {}

  /** Runs a program; fails unless it ends well within the limit. */
  public static String run(Duration limit, List<String> words)
      throws BenchException, InterruptedException {
    Result result = attempt(limit, words);
    if (result.exit() != 0) {
      throw new BenchException(
          "'%s' ended with %d: %s".formatted(shown(words), result.exit(), end(result.out())));
    }
    return result.out();
  }

  /** Runs a program to whatever end within the limit. */
  public static Result attempt(Duration limit, List<String> words)
      throws BenchException, InterruptedException {
    try {
      Path out = Files.createTempFile("railfs-bench", ".out");
      try {
        Process process =
            new ProcessBuilder(words)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        await(process, limit, words);
        return new Result(process.exitValue(), text(out));
      } finally {
        Files.delete(out);
      }
    } catch (IOException e) {
      throw new BenchException("'" + shown(words) + "' cannot be run: " + e.getMessage(), e);
    }
  }

  private static void await(Process process, Duration limit, List<String> words)
      throws BenchException, InterruptedException {
    boolean ended = false;
    try {
      ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
    } finally {
      if (!ended) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
      }
    }
    if (!ended) {
      throw new BenchException(
          "'%s' did not end within %d s".formatted(shown(words), limit.toSeconds()));
    }
  }

  private static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).strip();
  }

  private static String shown(List<String> words) {
    String text = String.join(" ", words);
    return text.length() > 200 ? text.substring(0, 200) + "..." : text;
  }

  private static String end(String text) {
    return text.length() > SHOWN ? "..." + text.substring(text.length() - SHOWN) : text;
  }
}
