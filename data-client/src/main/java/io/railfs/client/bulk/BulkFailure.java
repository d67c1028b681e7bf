// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.bulk;

import static java.util.Objects.requireNonNull;

/**
 * A file or directory that could not be done.
 *
 * @param problem a sentence
 */
public record BulkFailure(String path, String problem) {
  static final String NOT_THERE = "it does not exist in the dataset";

  public BulkFailure {
    requireNonNull(path, "path is null");
    requireNonNull(problem, "problem is null");
  }

  /** Whether the dataset has no such path. */
  public boolean isNotThere() {
    return problem.equals(NOT_THERE);
  }
}
