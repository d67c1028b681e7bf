// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.protocol;

/**
 * Makes names and other people's words fit to be printed: file names may hold line ends and the
 * sequences that move a terminal's cursor, with which they could write log lines of their own.
 */
public final class Printable {
  private Printable() {}

  /**
   * The same text in one line, with control characters as Java writes them. Text without any comes
   * back as it is.
   */
  public static String text(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (isHarmful(text.charAt(i))) {
        return escaped(text, i);
      }
    }
    return text;
  }

  private static String escaped(String text, int first) {
    StringBuilder clean = new StringBuilder(text.length() + 16).append(text, 0, first);
    for (int i = first; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\n' -> clean.append("\\n");
        case '\r' -> clean.append("\\r");
        case '\t' -> clean.append("\\t");
        default -> {
          if (isHarmful(c)) {
            clean.append("\\u%04x".formatted((int) c));
          } else {
            clean.append(c);
          }
        }
      }
    }
    return clean.toString();
  }

  /** Controls of both sets, further line ends, and what turns the direction of writing. */
  private static boolean isHarmful(char c) {
    return Character.isISOControl(c)
        || (c >= '\u2028' && c <= '\u202e')
        || (c >= '\u2066' && c <= '\u2069');
  }
}
