// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.logging;

import io.railfs.configuration.Environment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether systemd's journal reads what this process prints. */
final class Journal {
  private static final Logger log = LoggerFactory.getLogger(Journal.class);
  private static final Path STDERR = Path.of("/proc/self/fd/2");

  private Journal() {}

  /** Whether it reads stderr. */
  static boolean readsStderr() {
    return isStream(Environment.ofThisProcess().get("JOURNAL_STREAM").orElse(null), STDERR);
  }

  /**
   * Whether a file is the stream that systemd.exec(5) describes. The variable alone does not say
   * so: children inherit it that print elsewhere.
   *
   * @param stream "DEVICE:INODE" or null
   */
  static boolean isStream(String stream, Path file) {
    if (stream == null) {
      return false;
    }
    try {
      return stream.equals(
          Files.getAttribute(file, "unix:dev") + ":" + Files.getAttribute(file, "unix:ino"));
    } catch (IOException e) {
      log.debug("{} cannot be looked at; its lines keep their time", file, e);
      return false;
    }
  }
}
