// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * When a slow fetch gets a second attempt.
 *
 * @param share of all fetches, in percent, 0 for never
 * @param after at the earliest
 */
public record HedgeSettings(int share, Duration after) {
  public HedgeSettings {
    requireNonNull(after, "after is null");
  }
}
