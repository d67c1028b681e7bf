package io.railfs.cli;

import io.railfs.cli.bench.Rate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** One line on stderr that is written over and over, where stderr is a terminal. */
final class ProgressLine {
  private static final String CLEAR = "\r\u001b[K";

  private final boolean terminal = isTerminal();
  private final String what;
  private final long startedNanos = System.nanoTime();

  /**
   * @param what is going on
   */
  ProgressLine(String what) {
    this.what = what;
  }

  private static boolean isTerminal() {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException e) {
      // Without /proc nobody knows: no line.
      return false;
    }
  }

  void show(long bytes) {
    if (terminal) {
      double seconds = (System.nanoTime() - startedNanos) / 1e9;
      System.err.print(
          CLEAR
              + "%s: %s, %s, %.0f s"
                  .formatted(what, Rate.bytes(bytes), Rate.text(bytes / seconds), seconds));
      System.err.flush();
    }
  }

  void end() {
    if (terminal) {
      System.err.print(CLEAR);
      System.err.flush();
    }
  }
}
