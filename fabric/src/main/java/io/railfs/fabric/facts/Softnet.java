// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.facts;

import java.nio.file.Path;

/**
 * What the processors did with packets that came in, all together, from /proc/net/softnet_stat.
 *
 * @param processed packets
 * @param dropped packets for which the queue of a processor had no room (netdev_max_backlog)
 */
public record Softnet(long processed, long dropped) {
  private static final int HEXADECIMAL = 16;

  /** Zeros where the file is not there. */
  public static Softnet of(Path root) {
    long processed = 0;
    long dropped = 0;
    for (String line :
        KernelFile.text(root.resolve("proc/net/softnet_stat")).orElse("").lines().toList()) {
      String[] columns = line.strip().split(" +", -1);
      if (columns.length > 2) {
        processed += Long.parseLong(columns[0], HEXADECIMAL);
        dropped += Long.parseLong(columns[1], HEXADECIMAL);
      }
    }
    return new Softnet(processed, dropped);
  }

  /** What happened since an earlier reading. */
  public Softnet since(Softnet earlier) {
    return new Softnet(
        Math.max(0, processed - earlier.processed), Math.max(0, dropped - earlier.dropped));
  }
}
