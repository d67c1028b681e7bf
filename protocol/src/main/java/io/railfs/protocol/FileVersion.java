// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.protocol;

import static java.util.Objects.requireNonNull;

import io.railfs.protocol.messages.Version;

/**
 * Identifies a file's content: as long as all three are equal, the bytes are.
 *
 * @param size bytes
 * @param mtimeNanos modification time, nanoseconds since the epoch
 * @param etag entity tag of the UFS, empty where it has none
 */
public record FileVersion(long size, long mtimeNanos, String etag) {
  /** Longest etag that either side takes. */
  public static final int MAX_ETAG_LENGTH = 1024;

  public FileVersion {
    requireNonNull(etag, "etag is null");
  }

  public static FileVersion of(Version version) {
    return new FileVersion(version.getSize(), version.getMtimeNanos(), version.getEtag());
  }

  public Version toMessage() {
    return Version.newBuilder().setSize(size).setMtimeNanos(mtimeNanos).setEtag(etag).build();
  }
}
