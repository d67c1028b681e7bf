// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** One line on stderr that is written over and over, where stderr is a terminal. */
final class TerminalLine {
  private static final String CLEAR = "\r\u001b[K";

  private final boolean terminal = isTerminal();

  private static boolean isTerminal() {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException e) {
      // Without /proc nobody knows: no line.
      return false;
    }
  }

  void show(String text) {
    write(CLEAR + text);
  }

  void clear() {
    write(CLEAR);
  }

  private void write(String text) {
    if (terminal) {
      System.err.print(text);
      System.err.flush();
    }
  }
}
