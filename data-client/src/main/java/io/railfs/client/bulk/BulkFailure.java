package io.railfs.client.bulk;

import static java.util.Objects.requireNonNull;

/**
 * A file or directory that could not be done.
 *
 * @param problem a sentence
 */
public record BulkFailure(String path, String problem) {
  public BulkFailure {
    requireNonNull(path, "path is null");
    requireNonNull(problem, "problem is null");
  }
}
