// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Time of all processors, in the kernel's ticks, from the first line of /proc/stat (proc(5)).
 *
 * @param busy working
 * @param all working or not
 */
record ProcessorTime(long busy, long all) {
  private static final int IDLE = 3;
  private static final int WAITING = 4;

  /** Behind "steal", guests' time is counted a second time. */
  private static final int COUNTED = 8;

  static ProcessorTime now() throws IOException {
    return parse(Files.readAllLines(Path.of("/proc/stat")).get(0));
  }

  static ProcessorTime parse(String line) {
    long[] ticks =
        Arrays.stream(line.strip().split(" +"))
            .skip(1)
            .limit(COUNTED)
            .mapToLong(Long::parseLong)
            .toArray();
    long all = Arrays.stream(ticks).sum();
    return new ProcessorTime(all - ticks[IDLE] - ticks[WAITING], all);
  }

  /** How busy they were since an earlier time, 0 to 1; 0 where no tick has passed. */
  double shareSince(ProcessorTime earlier) {
    // Idle and waiting time may decrease (proc(5)), and the sum of all with it.
    long passed = all - earlier.all;
    long worked = Math.max(0, busy - earlier.busy);
    return passed <= 0 ? 0 : Math.min(1, (double) worked / passed);
  }
}
