// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.system;

import io.railfs.base.MountEntry;
import io.railfs.base.MountInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a run that was killed left behind: its processes, written down with their start time when
 * they began, and its mounts, which are those below its directory.
 */
public final class Leftovers {
  private static volatile Path record;

  private Leftovers() {}

  /**
   * Removes what an earlier run in this directory left, and writes down what begins from now on.
   */
  public static void clear(Path directory) throws BenchException, InterruptedException {
    Path file = directory.resolve("processes");
    try {
      if (Files.exists(file)) {
        for (String line : Files.readAllLines(file)) {
          String[] words = line.split(" ", -1);
          ProcessHandle.of(Long.parseLong(words[0]))
              .filter(process -> words[1].equals(startOf(process)))
              .ifPresent(Leftovers::kill);
        }
      }
      unmountBelow(directory);
      Files.writeString(file, "");
      record = file;
    } catch (IOException e) {
      throw new BenchException("what an earlier run left cannot be removed: " + e.getMessage(), e);
    }
  }

  private static void kill(ProcessHandle process) {
    System.err.println("bench: an earlier run left process " + process.pid() + "; killing it");
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  /** Unmounts everything below a directory, the last mounted first. */
  public static void unmountBelow(Path directory) throws BenchException, InterruptedException {
    for (MountEntry mount : MountInfo.read().below(directory)) {
      Command.attempt(
          Duration.ofSeconds(20), List.of("umount", "-l", mount.mountpoint().toString()));
    }
  }

  static synchronized void remember(ProcessHandle process) throws IOException {
    if (record != null) {
      Files.writeString(
          record, process.pid() + " " + startOf(process) + "\n", StandardOpenOption.APPEND);
    }
  }

  private static String startOf(ProcessHandle process) {
    return Optional.of(process.info())
        .flatMap(ProcessHandle.Info::startInstant)
        .map(start -> Long.toString(start.toEpochMilli()))
        .orElse("?");
  }
}
