// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.configuration;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalInt;

/** The '{' of a conf file that nobody closes. The parser says only that the file has ended. */
final class OpenBrace {
  private OpenBrace() {}

  /** The line of the innermost one, from 1; empty where all are closed or the file is away. */
  static OptionalInt line(Path file) {
    String text;
    try {
      text = Files.readString(file);
    } catch (IOException e) {
      // It was read a moment ago; without it there is nothing to look at.
      return OptionalInt.empty();
    }
    Deque<Integer> open = new ArrayDeque<>();
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      boolean quoted = false;
      for (int i = 0; i < line.length(); i++) {
        char letter = line.charAt(i);
        boolean comment = letter == '#' || line.startsWith("//", i);
        if (!quoted && comment) {
          break;
        }
        if (letter == '\\') {
          i++;
        } else if (letter == '"') {
          quoted = !quoted;
        } else if (letter == '{' && !quoted) {
          open.push(number);
        } else if (letter == '}' && !quoted && !open.isEmpty()) {
          open.pop();
        }
      }
    }
    return open.isEmpty() ? OptionalInt.empty() : OptionalInt.of(open.peek());
  }
}
