// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A program of the system that reports what no file of the kernel has: ethtool, ibportstate, nft.
 * None of them has to be installed; what it would report is then not known. For one thread.
 */
final class SystemProgram implements AutoCloseable {
  private static final List<String> DIRECTORIES =
      List.of("usr/sbin", "usr/bin", "sbin", "bin", "usr/local/sbin", "usr/local/bin");

  private static final Duration TIME = Duration.ofSeconds(2);

  /** Of what a program prints: the rules of a node of Kubernetes may be tens of megabytes. */
  private static final int MOST_BYTES = 4 << 20;

  private final Process process;
  private final Path output;
  private final long deadline;

  private SystemProgram(Process process, Path output, Duration time) {
    this.process = process;
    this.output = output;
    this.deadline = System.nanoTime() + time.toNanos();
  }

  /**
   * What a program prints when it is run.
   *
   * @param words its name and arguments, which no shell sees
   * @return empty where it is not installed, fails, or takes longer than two seconds
   */
  static Optional<String> output(Path root, String... words) {
    Optional<SystemProgram> started = start(root, TIME, words);
    if (started.isEmpty()) {
      return Optional.empty();
    }
    try (SystemProgram program = started.get()) {
      return program.finish();
    }
  }

  /** Starts a program, which has so much time from now on; empty where it is not installed. */
  static Optional<SystemProgram> start(Path root, Duration time, String... words) {
    Optional<Path> program =
        DIRECTORIES.stream()
            .map(directory -> root.resolve(directory).resolve(words[0]))
            .filter(Files::isExecutable)
            .findFirst();
    if (program.isEmpty()) {
      return Optional.empty();
    }
    List<String> command = new ArrayList<>(List.of(words));
    command.set(0, program.get().toString());
    try {
      // A file, not a pipe: nobody has to read while it runs.
      Path output = Files.createTempFile("railfs-doctor", ".out");
      try {
        ProcessBuilder builder =
            new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .redirectOutput(output.toFile());
        builder.environment().put("LC_ALL", "C");
        return Optional.of(new SystemProgram(builder.start(), output, time));
      } catch (IOException e) {
        Files.delete(output);
        return Optional.empty();
      }
    } catch (IOException e) {
      // It cannot be run, or there is no room for what it prints: as if it were not installed.
      return Optional.empty();
    }
  }

  /** What it printed; waits for its end. Empty where it failed, or its time is over. */
  Optional<String> finish() {
    return waitFor() && process.exitValue() == 0 ? printed() : Optional.empty();
  }

  /** What it printed, however it ended; empty where its time is over. */
  Optional<String> finishAnyhow() {
    return waitFor() ? printed() : Optional.empty();
  }

  private boolean waitFor() {
    try {
      return process.waitFor(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private Optional<String> printed() {
    try (InputStream in = Files.newInputStream(output)) {
      return Optional.of(new String(in.readNBytes(MOST_BYTES), UTF_8));
    } catch (IOException e) {
      // Gone, so nothing is known.
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      Files.deleteIfExists(output);
    } catch (IOException e) {
      output.toFile().deleteOnExit();
    }
  }
}
