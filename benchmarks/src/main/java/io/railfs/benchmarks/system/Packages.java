// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.system;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Debian's packages that contenders need. */
public final class Packages {
  private static final Duration LIMIT = Duration.ofMinutes(5);

  private Packages() {}

  /**
   * A package and a file that is there once it is installed.
   *
   * @param name of the package
   * @param proof absolute path
   * @param reason what it is for
   */
  public record Needed(String name, Path proof, String reason) {
    public static Needed of(String name, String proof, String reason) {
      return new Needed(name, Path.of(proof), reason);
    }
  }

  /** Installs what is missing, and says so; needs root. */
  public static void install(List<Needed> needed) throws BenchException, InterruptedException {
    List<String> missing = new ArrayList<>();
    for (Needed one : needed) {
      if (!Files.exists(one.proof())) {
        System.err.printf("bench: missing: %s (%s)%n", one.name(), one.reason());
        missing.add(one.name());
      }
    }
    if (missing.isEmpty()) {
      return;
    }
    System.err.println("bench: installing with apt-get: " + String.join(" ", missing));
    Command.attempt(LIMIT, List.of("apt-get", "-qq", "update"));
    List<String> words =
        new ArrayList<>(
            List.of("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "install", "-y"));
    words.add("--no-install-recommends");
    words.addAll(missing);
    Command.run(LIMIT, words);
  }
}
