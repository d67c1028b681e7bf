// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.contender;

import io.railfs.benchmarks.system.BenchException;

/** A contender that can fetch a tree ahead of its readers. */
public interface Loader {
  /**
   * Fetches it whole.
   *
   * @param tree relative to the root
   * @param files that it has
   * @return seconds, by its own clock
   */
  double load(String tree, int files) throws BenchException, InterruptedException;
}
