// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the kernel says of a process. */
final class Processes {
  private Processes() {}

  /** The most memory that it ever had: the kernel's own record, so no moment is missed. */
  static long peakResidentBytes(long pid) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
        if (line.startsWith("VmHWM:")) {
          return Long.parseLong(line.replaceAll("\\D", "")) << 10;
        }
      }
      throw new AssertionError("no VmHWM in the status of process " + pid);
    } catch (IOException e) {
      throw new AssertionError("process " + pid + " is gone", e);
    }
  }
}
