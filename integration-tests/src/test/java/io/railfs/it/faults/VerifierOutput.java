// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it.faults;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Map;

/** The lines by which the verifier's process says the campaign what its readers see. */
final class VerifierOutput {
  private static final Map<String, String> NAMES =
      Map.of(
          "Input/output error", "EIO",
          "Stale file handle", "ESTALE",
          "Transport endpoint is not connected", "ENOTCONN",
          "Software caused connection abort", "ECONNABORTED",
          "Permission denied", "EACCES");

  private final PrintStream out;

  VerifierOutput(PrintStream out) {
    this.out = out;
  }

  /** The name of the errno behind an exception. */
  static String errno(IOException e) {
    if (e instanceof Posix.Failed) {
      return e.getMessage();
    }
    if (e instanceof NoSuchFileException) {
      return "ENOENT";
    }
    String reason = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
    String text = reason == null ? e.getClass().getSimpleName() : reason;
    return NAMES.getOrDefault(text, text.replace(' ', '-'));
  }

  private void line(Object... words) {
    StringBuilder text = new StringBuilder();
    for (Object word : words) {
      text.append(text.length() == 0 ? "" : " ").append(word);
    }
    synchronized (out) {
      out.println(text);
      out.flush();
    }
  }

  /**
   * An operation that failed, or took long.
   *
   * @param errno null where it succeeded
   */
  void ended(Reader.Style by, Watched.Current operation, String errno, long end, long own) {
    line(
        errno == null ? "slow" : "error",
        operation.kind(),
        errno == null ? "-" : errno,
        operation.path(),
        operation.offset(),
        operation.startNanos(),
        end,
        own,
        by);
  }

  void stuck(Reader.Style by, Watched.Current operation) {
    line(
        "stuck",
        operation.kind(),
        "-",
        operation.path(),
        operation.offset(),
        operation.startNanos(),
        0,
        0,
        by);
  }

  void wrong(String path, long offset, String what) {
    line(
        "wrong",
        OperationKind.READ,
        what.replace(' ', '-'),
        path,
        offset,
        System.nanoTime(),
        0,
        0,
        "-");
  }

  void seen(Sample sample, int generation) {
    line("seen", sample.number(), generation);
  }

  void tick(String numbers) {
    line("tick", numbers);
  }

  void paused() {
    line("paused");
  }
}
