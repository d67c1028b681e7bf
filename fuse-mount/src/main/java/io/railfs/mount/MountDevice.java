// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The number, "major:minor", by which sysfs knows a mount. */
final class MountDevice {
  private static final Logger log = LoggerFactory.getLogger(MountDevice.class);
  private static final Path MOUNTS = Path.of("/proc/self/mountinfo");

  private MountDevice() {}

  /** Of the mount that is seen at this path; empty where the kernel does not say. */
  static Optional<String> of(Path mountpoint) {
    try {
      Optional<String> device =
          of(mountpoint, Files.readAllLines(MOUNTS, StandardCharsets.ISO_8859_1));
      if (device.isEmpty()) {
        log.warn("{} is not in {}; its readahead stays as the kernel chose it", mountpoint, MOUNTS);
      }
      return device;
    } catch (IOException e) {
      log.warn("{} cannot be read; readahead stays as the kernel chose it", MOUNTS, e);
      return Optional.empty();
    }
  }

  private static Optional<String> of(Path mountpoint, List<String> mountinfo) {
    String wanted = escaped(mountpoint);
    String device = null;
    for (String line : mountinfo) {
      String[] fields = line.split(" ", -1);
      if (fields.length > 4 && fields[4].equals(wanted)) {
        device = fields[2];
      }
    }
    return Optional.ofNullable(device);
  }

  /**
   * As mountinfo writes a path: its bytes, with octal escapes for what would break a line into
   * other fields.
   */
  private static String escaped(Path path) {
    StringBuilder text = new StringBuilder();
    for (byte b : path.toString().getBytes(StandardCharsets.UTF_8)) {
      if (b == ' ' || b == '\t' || b == '\n' || b == '\\') {
        text.append('\\').append(Integer.toOctalString(b | 01000).substring(1));
      } else {
        text.append((char) (b & 0xff));
      }
    }
    return text.toString();
  }

  /**
   * Raises the kernel's readahead of a mount. INIT only sets a limit; the value itself starts at
   * 128 KiB and is a file of the mount's backing device in sysfs, which only root may write.
   *
   * @param device "major:minor"
   */
  static void setReadahead(Path mountpoint, String device, int bytes) {
    try {
      Files.writeString(
          Path.of("/sys/class/bdi/" + device + "/read_ahead_kb"), Integer.toString(bytes / 1024));
    } catch (IOException e) {
      log.info(
          "readahead of {} stays at the kernel's default, sequential reads are slower: {} cannot be"
              + " written (root may)",
          mountpoint,
          e.getMessage());
    }
  }
}
