// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.rdma;

import static java.util.Objects.requireNonNull;

import io.railfs.fabric.verbs.VerbsSettings;
import java.time.Duration;

/**
 * What a port has.
 *
 * @param receives messages that may come at a time
 * @param receiveBytes of the longest of them
 * @param sends messages that may be on their way at a time
 * @param sendBytes of the longest of them
 * @param spin how long completions are polled for before the thread sleeps
 * @param path how queue pairs are set up; what it needs is not looked at
 */
public record RdmaSettings(
    int receives, int receiveBytes, int sends, int sendBytes, Duration spin, VerbsSettings path) {
  /** Sends under way on one connection, at most. */
  static final int SENDS_OF_CONNECTION = 64;

  public RdmaSettings {
    requireNonNull(spin, "spin is null");
    requireNonNull(path, "path is null");
    if (receives < 1 || sends < 1 || receiveBytes < 1 || sendBytes < 1) {
      throw new IllegalArgumentException("a port without memory is of no use");
    }
  }

  /** Bytes of memory that it takes. */
  public long memory() {
    return (long) receives * receiveBytes + (long) sends * sendBytes;
  }

  VerbsSettings verbs() {
    return new VerbsSettings(
        path.gidIndex(),
        path.trafficClass(),
        path.serviceLevel(),
        path.pkeyIndex(),
        path.mtu(),
        new VerbsSettings.Needs(
            Math.min(sends, SENDS_OF_CONNECTION), receives, receives + sends + 1, memory()));
  }
}
