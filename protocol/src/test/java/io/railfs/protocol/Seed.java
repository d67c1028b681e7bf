// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.protocol;

/** Of a test that does something else in each run. */
public final class Seed {
  private Seed() {}

  /**
   * Another one each time, or that of {@code -Drailfs.seed=N}; printed, so that it can be given.
   */
  public static long take() {
    long seed = Long.getLong("railfs.seed", System.nanoTime() % 1_000_000_000);
    System.out.println("-Drailfs.seed=" + seed);
    return seed;
  }
}
