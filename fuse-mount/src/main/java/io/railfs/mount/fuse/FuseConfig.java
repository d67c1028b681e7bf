// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fuse;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.List;

/**
 * How to mount and to answer.
 *
 * @param mountOptions as after -o
 * @param timeouts how long the kernel may cache what it gets
 * @param threads requests answered at a time
 * @param asyncReads reads that may besides wait for their bytes without a thread
 * @param maxReadahead bytes that the kernel may read ahead of a sequential reader
 */
public record FuseConfig(
    List<String> mountOptions, Timeouts timeouts, int threads, int asyncReads, int maxReadahead) {
  public FuseConfig {
    mountOptions = List.copyOf(mountOptions);
    requireNonNull(timeouts, "timeouts is null");
  }

  /**
   * How long the kernel may cache what it gets.
   *
   * @param entry that a name is a node
   * @param attributes the attributes of a node
   * @param negative that there is no such name
   */
  public record Timeouts(Duration entry, Duration attributes, Duration negative) {}
}
