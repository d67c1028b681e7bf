// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.contender;

import java.nio.file.Path;

/**
 * A contender without processes and mounts: the dataset itself, or what needs no files.
 *
 * @param name of the contender
 * @param root the dataset
 * @param setUp what it is
 */
record Unmounted(String name, Path root, String setUp) implements Contender {
  @Override
  public boolean isJvm() {
    return false;
  }

  @Override
  public void start() {}

  @Override
  public double processorSeconds() {
    return 0;
  }

  @Override
  public boolean remount() {
    return false;
  }

  @Override
  public void close() {}
}
