// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.admin;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the kernel counts of the block device below a directory (its Documentation/block/stat.rst),
 * since the machine started.
 *
 * @param reads completed
 * @param readMillis that these took together, waiting included
 * @param writes completed
 * @param writeMillis that these took together, waiting included
 */
record DiskTimes(long reads, long readMillis, long writes, long writeMillis) {
  private static final Logger log = LoggerFactory.getLogger(DiskTimes.class);

  private static final int READS = 0;
  private static final int READ_MILLIS = 3;
  private static final int WRITES = 4;
  private static final int WRITE_MILLIS = 7;

  /** Empty where there is none: tmpfs, network and stacked file systems, or a directory gone. */
  static Optional<DiskTimes> of(Path root, Path directory) {
    try {
      long device = (Long) Files.getAttribute(directory, "unix:dev");
      Path stat = root.resolve("sys/dev/block").resolve(name(device)).resolve("stat");
      return Files.exists(stat) ? parse(Files.readString(stat)) : Optional.empty();
    } catch (IOException | UnsupportedOperationException e) {
      log.trace("no times of the disk below {}", directory, e);
      return Optional.empty();
    }
  }

  static Optional<DiskTimes> parse(String text) {
    String[] fields = text.strip().split("\\s+", -1);
    try {
      return fields.length <= WRITE_MILLIS
          ? Optional.empty()
          : Optional.of(
              new DiskTimes(
                  Long.parseLong(fields[READS]),
                  Long.parseLong(fields[READ_MILLIS]),
                  Long.parseLong(fields[WRITES]),
                  Long.parseLong(fields[WRITE_MILLIS])));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** "8:1", from a dev_t as glibc's makedev makes it. */
  static String name(long device) {
    long major = ((device >>> 8) & 0xfff) | ((device >>> 32) & ~0xfffL);
    long minor = (device & 0xff) | ((device >>> 12) & 0xffffff00L);
    return major + ":" + minor;
  }
}
