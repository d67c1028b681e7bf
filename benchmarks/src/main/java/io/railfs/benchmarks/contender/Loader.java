// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.contender;

import io.railfs.benchmarks.system.BenchException;
import java.util.List;

/** A contender that can fetch trees ahead of its readers. */
public interface Loader {
  /**
   * Fetches them whole.
   *
   * @param trees relative to the root
   * @param files that they have
   * @return seconds, by its own clock
   */
  double load(List<String> trees, int files) throws BenchException, InterruptedException;
}
