// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.base.HumanReadable;

/** One line on stderr that is written over and over, where stderr is a terminal. */
final class ProgressLine {
  private final TerminalLine line = new TerminalLine();
  private final String what;
  private final long startedNanos = System.nanoTime();

  /**
   * @param what is going on
   */
  ProgressLine(String what) {
    this.what = what;
  }

  void show(long bytes) {
    double seconds = (System.nanoTime() - startedNanos) / 1e9;
    line.show(
        "%s: %s, %s, %.0f s"
            .formatted(
                what, HumanReadable.bytes(bytes), HumanReadable.rate(bytes / seconds), seconds));
  }

  void end() {
    line.clear();
  }
}
