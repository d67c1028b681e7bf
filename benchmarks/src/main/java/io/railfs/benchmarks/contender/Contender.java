// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.contender;

import io.railfs.benchmarks.system.BenchException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** One of those that are compared. For one thread. */
public interface Contender extends AutoCloseable {
  String name();

  /** Whether it needs passes before its code is compiled. */
  boolean isJvm();

  /** Whether its client keeps content of files besides the kernel's pages. */
  default boolean keepsContent() {
    return false;
  }

  /** Makes its files readable; nothing happens where they are. */
  void start() throws BenchException, InterruptedException;

  /** The directory that shows the dataset. */
  Path root();

  /** Processor seconds that its processes, of both sides, have used so far. */
  double processorSeconds();

  /**
   * Lets its client forget everything by mounting again; its servers stay as they are.
   *
   * @return whether there was a client that forgot
   */
  boolean remount() throws BenchException, InterruptedException;

  /** What it counted itself since it was mounted, by name. */
  default Map<String, Long> counters() throws BenchException, InterruptedException {
    return Map.of();
  }

  /** The first words of a program that reads its files as reader.c does, where that is another. */
  default List<String> reader() {
    return List.of();
  }

  /** What was chosen for it, for the reader of the results. */
  String setUp();

  /** Stops everything that it started. */
  @Override
  void close();
}
