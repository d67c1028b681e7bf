// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.facts;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a port of an RDMA adapter runs at, as the kernel writes it in the file "rate": "200 Gb/sec
 * (4X HDR)".
 *
 * @param gigabits a second, of all lanes
 * @param lanes 1, 2, 4, 8 or 12
 * @param generation "SDR" to "XDR"; empty where the kernel names none
 */
public record LinkRate(double gigabits, int lanes, String generation) {
  private static final Pattern TEXT =
      Pattern.compile("([0-9.]+) Gb/sec \\(([0-9]+)X ?([A-Z0-9]*)\\)");

  public LinkRate {
    requireNonNull(generation, "generation is null");
  }

  /** Empty where the text is of another form. */
  public static Optional<LinkRate> of(String text) {
    Matcher parts = TEXT.matcher(text);
    return parts.matches()
        ? Optional.of(
            new LinkRate(
                Double.parseDouble(parts.group(1)),
                Integer.parseInt(parts.group(2)),
                parts.group(3)))
        : Optional.empty();
  }

  /** Gigabits a second of one lane. */
  public double lane() {
    return gigabits / lanes;
  }
}
