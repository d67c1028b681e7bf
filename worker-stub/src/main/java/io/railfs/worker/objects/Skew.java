// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds out whether a store refuses signatures because the clock of this machine is wrong. A
 * refusal without a body, as of a HEAD, does not say so, but its headers tell the store's time.
 */
final class Skew {
  /** Stores take 5 to 15 minutes; who is off by less is refused for another reason. */
  private static final Duration LEAST = Duration.ofMinutes(4);

  private static final Pattern DATE = Pattern.compile("(?i)\"date\": \"([^\"]+)\"");

  private Skew() {}

  /**
   * What is wrong, as a phrase. The clock may have been put right, or wrong, while the request was
   * under way.
   *
   * @param httpDate the store's time as its headers tell it
   * @param asked this machine's before the request was signed
   * @param answered this machine's after it was refused
   */
  static Optional<String> of(String httpDate, Instant asked, Instant answered) {
    Duration difference;
    try {
      Instant there = DateTimeFormatter.RFC_1123_DATE_TIME.parse(httpDate, Instant::from);
      Duration before = Duration.between(there, asked).abs();
      Duration after = Duration.between(there, answered).abs();
      difference = before.compareTo(after) < 0 ? after : before;
    } catch (DateTimeException e) {
      // No time that can be compared: it refuses for a reason of its own.
      return Optional.empty();
    }
    return difference.compareTo(LEAST) < 0
        ? Optional.empty()
        : Optional.of(
            "the clock of this machine and that of the store differ by %d s; set it right"
                .formatted(difference.toSeconds()));
  }

  /** The same for the headers in the text of an exception of OpenDAL. */
  static Optional<String> in(String message, Instant asked, Instant answered) {
    Matcher date = DATE.matcher(message);
    return date.find() ? of(date.group(1), asked, answered) : Optional.empty();
  }
}
