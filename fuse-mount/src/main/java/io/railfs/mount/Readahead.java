package io.railfs.mount;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Raises the kernel's readahead of a mount. The handshake only sets a limit; the value itself
 * starts at 128 KiB and is a file of the mount's backing device in sysfs, which only root may
 * write.
 */
final class Readahead {
  private static final Logger log = LoggerFactory.getLogger(Readahead.class);

  private Readahead() {}

  static void set(Path mountpoint, int bytes) {
    try {
      String device =
          deviceOf(
              mountpoint,
              Files.readAllLines(Path.of("/proc/self/mountinfo"), StandardCharsets.ISO_8859_1));
      if (device == null) {
        log.warn(
            "{} is not in /proc/self/mountinfo; its readahead stays as the kernel chose it",
            mountpoint);
        return;
      }
      Files.writeString(
          Path.of("/sys/class/bdi/" + device + "/read_ahead_kb"), Integer.toString(bytes / 1024));
    } catch (IOException e) {
      log.info(
          "readahead of {} stays at the kernel's default, sequential reads are slower: {} cannot be written (root may)",
          mountpoint,
          e.getMessage());
    }
  }

  /** "major:minor" of the last mount on this directory, or null. */
  static String deviceOf(Path mountpoint, List<String> mountinfo) {
    String wanted = escaped(mountpoint);
    String device = null;
    for (String line : mountinfo) {
      String[] fields = line.split(" ", -1);
      if (fields.length > 4 && fields[4].equals(wanted)) {
        device = fields[2];
      }
    }
    return device;
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
}
