// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.work;

import io.railfs.benchmarks.contender.Contender;
import io.railfs.benchmarks.system.BenchException;
import java.util.List;

/** Something to measure, on one contender at a time. */
public interface Case {
  /** Such as "a/4"; the metrics begin with it. */
  String id();

  /** Names of those that take part, in the order of the table. */
  List<String> contenders();

  /** Whether a client's counts over all measurements say something about these. */
  default boolean isCounted() {
    return true;
  }

  /** Passes that do not count, until servers are hot and code is compiled. */
  void warmUp(Contender contender) throws BenchException, InterruptedException;

  /** Brings the contender to the state in which the measurement begins. */
  void prepare(Contender contender) throws BenchException, InterruptedException;

  /** One measurement; usually of one metric. */
  List<Sample> measure(Contender contender) throws BenchException, InterruptedException;
}
