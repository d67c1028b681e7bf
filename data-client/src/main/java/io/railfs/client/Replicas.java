// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RailPath;
import java.util.Comparator;
import java.util.List;

/**
 * How many workers keep each block of a file.
 *
 * @param usual for files that no rule names
 * @param rules of paths, in any order; the longest that fits counts
 */
public record Replicas(int usual, List<Rule> rules) {
  static final int MAX = 16;

  /**
   * A number for a path and everything below it.
   *
   * @param path without a slash at its end, as {@link RailPath#latin1} writes paths; empty for the
   *     root
   * @param number 1 to 16
   */
  public record Rule(String path, int number) {
    /**
     * Reads "/path = 2".
     *
     * @throws IllegalArgumentException that says what is wrong
     */
    static Rule parse(String text) {
      int equals = text.lastIndexOf('=');
      if (equals < 0) {
        throw new IllegalArgumentException("'" + text + "' is not \"/PATH = NUMBER\"");
      }
      try {
        RailPath path =
            RailPath.of(text.substring(0, equals).strip().replaceFirst("(?<=.)/+$", ""));
        int number = Integer.parseInt(text.substring(equals + 1).strip());
        if (number < 1 || number > MAX) {
          throw new IllegalArgumentException(number + " is not between 1 and " + MAX);
        }
        return new Rule(path.isRoot() ? "" : path.latin1(), number);
      } catch (ProtocolException e) {
        throw new IllegalArgumentException("'" + text + "': " + e.getMessage(), e);
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException("'" + text + "' is not \"/PATH = NUMBER\"", e);
      }
    }

    boolean fits(String file) {
      return file.startsWith(path)
          && (file.length() == path.length() || file.charAt(path.length()) == '/');
    }
  }

  public Replicas {
    rules =
        rules.stream()
            .sorted(Comparator.comparing((Rule rule) -> rule.path().length()).reversed())
            .toList();
  }

  /** The number for a file. */
  public int of(RailPath file) {
    if (rules.isEmpty()) {
      return usual;
    }
    String name = file.latin1();
    for (Rule rule : rules) {
      if (rule.fits(name)) {
        return rule.number();
      }
    }
    return usual;
  }
}
