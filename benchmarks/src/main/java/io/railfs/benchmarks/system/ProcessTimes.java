// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.system;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Processor time of processes, from /proc/PID/stat (proc(5)). */
public final class ProcessTimes {
  /** Linux gives user space times in hundredths of a second on every machine. */
  private static final double TICKS = 100;

  private static final int UTIME = 11;
  private static final int STIME = 12;

  private ProcessTimes() {}

  /** User and system time of a process and its threads; 0 where it has ended. */
  public static double secondsOf(long pid) {
    try {
      return parse(
          Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      // It has ended: nothing more is added.
      return 0;
    }
  }

  /** The name of the program stands in brackets and may hold anything. */
  static double parse(String stat) {
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(fields[UTIME]) + Long.parseLong(fields[STIME])) / TICKS;
  }
}
