// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.bench;

import static java.util.Objects.requireNonNull;

import io.railfs.client.ClusterException;
import io.railfs.client.MetadataSource;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RailPath;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/** A regular file of the dataset that is not empty. */
public record DatasetFile(RailPath path, FileVersion version) {
  /** A file of this size measures well; a larger one is not looked for. */
  private static final long LARGE_ENOUGH = 64 << 20;

  private static final int DIRECTORIES_LOOKED_AT = 200;

  public DatasetFile {
    requireNonNull(path, "path is null");
    requireNonNull(version, "version is null");
  }

  /** The file of this path. Fails: it does not exist, or is no regular file with content. */
  public static DatasetFile at(MetadataSource metadata, String path, Duration timeout)
      throws ClusterException {
    try {
      RailPath parsed = RailPath.of(path);
      var attributes = metadata.stat(parsed, System.nanoTime() + timeout.toNanos());
      if (attributes.isRegular() && attributes.size() > 0) {
        return new DatasetFile(parsed, attributes.version());
      }
      throw new ClusterException(
          ClusterException.Failure.NOT_A_FILE, "'" + path + "' is not a file with content");
    } catch (ProtocolException e) {
      throw new ClusterException(
          ClusterException.Failure.NOT_FOUND,
          "'" + path + "' is no path in a dataset, such as /train/0001.tar: " + e.getMessage(),
          e);
    }
  }

  /**
   * The largest file of the first directories, breadth first; empty where these hold none.
   *
   * @param timeout for all listings together
   */
  public static Optional<DatasetFile> find(MetadataSource metadata, Duration timeout)
      throws ClusterException {
    long deadline = System.nanoTime() + timeout.toNanos();
    Search search = new Search();
    search.directories.add(RailPath.ROOT);
    for (int i = 0; i < DIRECTORIES_LOOKED_AT && !search.isOver(); i++) {
      search.list(metadata, search.directories.remove(), deadline);
    }
    return Optional.ofNullable(search.best);
  }

  /** What a search has seen. */
  private static final class Search {
    private final Deque<RailPath> directories = new ArrayDeque<>();
    private DatasetFile best;

    boolean isOver() {
      return directories.isEmpty() || (best != null && best.version().size() >= LARGE_ENOUGH);
    }

    void list(MetadataSource metadata, RailPath directory, long deadline) throws ClusterException {
      metadata.list(
          directory,
          (name, attributes) -> {
            try {
              if (attributes.isDirectory() && directories.size() < DIRECTORIES_LOOKED_AT) {
                directories.add(directory.child(name));
              } else if (attributes.isRegular()
                  && attributes.size() > (best == null ? 0 : best.version().size())) {
                best = new DatasetFile(directory.child(name), attributes.version());
              }
            } catch (ProtocolException e) {
              // A path longer than the protocol's limit: no mount could read it either.
              return;
            }
          },
          Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
    }
  }
}
