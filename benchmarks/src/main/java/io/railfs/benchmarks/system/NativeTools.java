// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Our own C programs, compiled from benchmarks/src/main/c.
 *
 * @param directory that holds the programs
 */
public record NativeTools(Path directory) {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final Duration READ_LIMIT = Duration.ofSeconds(320);
  private static final Pattern REPORT =
      Pattern.compile("bytes=(\\d+) ops=(\\d+) seconds=([\\d.]+) cpu=([\\d.]+)");

  /**
   * What reader or netlimit measured.
   *
   * @param cpu processor seconds of the program itself
   */
  public record Report(long bytes, long operations, double seconds, double cpu) {}

  /** Compiles what is older than its source. */
  public static NativeTools compile(Path sources, Path directory)
      throws BenchException, InterruptedException {
    NativeTools tools = new NativeTools(directory);
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new BenchException(directory + " cannot be made: " + e.getMessage(), e);
    }
    tools.build(sources, "reader", List.of("-pthread"));
    tools.build(sources, "netlimit", List.of("-pthread"));
    String flags = Command.run(LIMIT, List.of("pkg-config", "--cflags", "--libs", "fuse3"));
    tools.build(sources, "memfs", List.of(flags.split("\\s+")));
    return tools;
  }

  private void build(Path sources, String name, List<String> flags)
      throws BenchException, InterruptedException {
    List<String> words = new ArrayList<>(List.of("gcc", "-O2", "-Wall", "-Wextra", "-o"));
    words.add(program(name).toString());
    words.add(sources.resolve(name + ".c").toString());
    words.addAll(flags);
    Command.run(LIMIT, words);
  }

  /** Where a program is. */
  public Path program(String name) {
    return directory.resolve(name);
  }

  /**
   * Runs a program that reports, ours or another.
   *
   * @param program its first words
   */
  public static Report measure(List<String> program, List<String> arguments)
      throws BenchException, InterruptedException {
    List<String> words = new ArrayList<>(program);
    words.addAll(arguments);
    return parse(Command.run(READ_LIMIT, words));
  }

  /** Runs a program that may have nothing to report. */
  public String run(String name, List<String> arguments)
      throws BenchException, InterruptedException {
    List<String> words = new ArrayList<>();
    words.add(program(name).toString());
    words.addAll(arguments);
    return Command.run(READ_LIMIT, words);
  }

  static Report parse(String line) throws BenchException {
    Matcher matcher = REPORT.matcher(line);
    if (!matcher.find()) {
      throw new BenchException("no report in '" + line + "'");
    }
    return new Report(
        Long.parseLong(matcher.group(1)),
        Long.parseLong(matcher.group(2)),
        Double.parseDouble(matcher.group(3)),
        Double.parseDouble(matcher.group(4)));
  }
}
