package io.railfs.mount;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

  static void set(Path mountpoint, String device, int bytes) {
    try {
      Files.writeString(
          Path.of("/sys/class/bdi/" + device + "/read_ahead_kb"), Integer.toString(bytes / 1024));
    } catch (IOException e) {
      log.info(
          "readahead of {} stays at the kernel's default, sequential reads are slower: {} cannot be written (root may)",
          mountpoint,
          e.getMessage());
    }
  }
}
