// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.control;

import java.util.Optional;

/**
 * How much a refresh has dropped.
 *
 * @param names entries that the kernel was asked to look up again
 * @param listings of the mount's own cache
 * @param attributes of the mount's own cache
 */
public record RefreshCounts(long names, long listings, long attributes) {
  private static final String WORD = "refreshed";

  /** As it is reported between processes. */
  String line() {
    return WORD + " " + names + " " + listings + " " + attributes;
  }

  /** Empty where it is no such line. */
  static Optional<RefreshCounts> of(String line) {
    String[] words = line.strip().split(" ", -1);
    if (words.length != 4 || !words[0].equals(WORD)) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new RefreshCounts(
              Long.parseLong(words[1]), Long.parseLong(words[2]), Long.parseLong(words[3])));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }
}
