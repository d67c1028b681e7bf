// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Facts of this machine that figures depend on. */
public final class Machine {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final List<String> PACKAGES =
      List.of(
          "libfuse2",
          "libfuse3-3",
          "glusterfs-server",
          "moosefs-client",
          "sshfs",
          "s3fs",
          "rclone");

  private Machine() {}

  /** Facts by name, in the order to show them in. */
  public static Map<String, String> facts(Path home) throws BenchException, InterruptedException {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put(
        "processors",
        Runtime.getRuntime().availableProcessors() + " x " + line("/proc/cpuinfo", "model name"));
    facts.put("memory", line("/proc/meminfo", "MemTotal"));
    facts.put("kernel", System.getProperty("os.version"));
    facts.put("system", line("/etc/os-release", "PRETTY_NAME").replace("\"", ""));
    facts.put("jdk", java(said(List.of(home.resolve("bin/railfs").toString(), "version"))));
    facts.put(
        "railfs", said(List.of("git", "-C", home.toString(), "rev-parse", "--short=10", "HEAD")));
    for (String name : PACKAGES) {
      String version = said(List.of("dpkg-query", "-W", "-f=${Version}", name));
      if (!version.isEmpty()) {
        facts.put(name, version);
      }
    }
    return facts;
  }

  /** The Java in what {@code railfs version} prints, without its place. */
  private static String java(String version) {
    int from = version.indexOf("Java ");
    int to = version.indexOf(" (", from);
    return from < 0 || to < 0 ? "unknown" : version.substring(from, to);
  }

  /** Memory that programs can have without others losing any. */
  static long availableBytes() throws BenchException {
    String kibibytes = line("/proc/meminfo", "MemAvailable");
    return Long.parseLong(kibibytes.substring(0, kibibytes.indexOf(' '))) << 10;
  }

  private static String said(List<String> words) throws BenchException, InterruptedException {
    Command.Result result = Command.attempt(LIMIT, words);
    return result.exit() == 0 ? result.out() : "";
  }

  /** What follows the key and ":" or "=" in the first such line of a file. */
  private static String line(String file, String key) throws BenchException {
    try {
      for (String line : Files.readAllLines(Path.of(file))) {
        if (line.startsWith(key)) {
          return line.substring(line.indexOf(line.contains("=") ? '=' : ':') + 1).strip();
        }
      }
      return "unknown";
    } catch (IOException e) {
      throw new BenchException(file + " cannot be read: " + e.getMessage(), e);
    }
  }
}
