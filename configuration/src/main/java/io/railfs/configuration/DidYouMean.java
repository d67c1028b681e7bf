// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.configuration;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds what a person meant to write. */
public final class DidYouMean {
  private DidYouMean() {}

  /** The candidate with the smallest edit distance; none of no candidates. */
  public static Optional<String> of(String text, Collection<String> candidates) {
    return candidates.stream().min(Comparator.comparingInt(candidate -> distance(text, candidate)));
  }

  /** Levenshtein distance: the fewest single-character inserts, deletes and replacements. */
  public static int distance(String from, String to) {
    int[] previous = new int[to.length() + 1];
    for (int j = 0; j <= to.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int[] current = new int[to.length() + 1];
      current[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int replaced = previous[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(replaced, Math.min(previous[j], current[j - 1]) + 1);
      }
      previous = current;
    }
    return previous[to.length()];
  }
}
