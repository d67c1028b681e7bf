// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.system;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A program that runs until it is stopped, in the foreground as our child. */
public final class Daemon implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 10;
  private static final int LINES = 12;

  private final String name;
  private final Path log;
  private final Process process;

  private Daemon(String name, Path log, Process process) {
    this.name = name;
    this.log = log;
    this.process = process;
  }

  /**
   * Starts it.
   *
   * @param log takes what it says
   */
  public static Daemon start(
      String name, Path log, Map<String, String> environment, List<String> words)
      throws BenchException {
    try {
      Files.createDirectories(log.getParent());
      ProcessBuilder builder =
          new ProcessBuilder(words)
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile());
      builder.environment().putAll(environment);
      Daemon daemon = new Daemon(name, log, builder.start());
      Leftovers.remember(daemon.process.toHandle());
      return daemon;
    } catch (IOException e) {
      throw new BenchException(name + " cannot be started: " + e.getMessage(), e);
    }
  }

  /** A condition that may need time. */
  public interface Condition {
    boolean holds() throws BenchException, InterruptedException, IOException;
  }

  /** Waits until it is ready; fails at once when it has ended. */
  public void await(Duration limit, String what, Condition condition)
      throws BenchException, InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    try {
      while (!condition.holds()) {
        if (!process.isAlive()) {
          throw new BenchException(name + " ended before " + what + ":\n" + lastLines());
        }
        if (System.nanoTime() - end > 0) {
          throw new BenchException(
              "%s: %s took longer than %d s:%n%s"
                  .formatted(name, what, limit.toSeconds(), lastLines()));
        }
        Thread.sleep(50);
      }
    } catch (IOException e) {
      throw new BenchException(name + ": " + what + " cannot be found out: " + e.getMessage(), e);
    }
  }

  /** Processor seconds that it and its living children have used. */
  public double processorSeconds() {
    double sum = ProcessTimes.secondsOf(process.pid());
    for (ProcessHandle child : process.descendants().toList()) {
      sum += ProcessTimes.secondsOf(child.pid());
    }
    return sum;
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** The file that takes what it says. */
  public Path log() {
    return log;
  }

  private String lastLines() {
    try {
      List<String> lines = Files.readAllLines(log, StandardCharsets.ISO_8859_1);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - LINES), lines.size()));
    } catch (IOException e) {
      return "(its log " + log + " cannot be read)";
    }
  }

  /** Stops it and its children, by force where they do not go. */
  @Override
  public void close() {
    List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
    all.add(process.toHandle());
    process.destroy();
    try {
      process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    all.forEach(ProcessHandle::destroyForcibly);
  }
}
