// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.ufs;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import io.railfs.protocol.Attributes;

/** A directory being listed. Used by one thread at a time; closed by whoever opened it. */
public interface Listing extends AutoCloseable {

  /** The next entry, or null after the last one. An entry that vanished meanwhile is left out. */
  Entry next() throws UfsException;

  /** What watches the directory, from before its listing; it outlives the listing. */
  default Watch watch() {
    return Watch.NONE;
  }

  /** Releases what the listing holds; may be called more than once. */
  @Override
  void close();

  /**
   * One entry of a directory.
   *
   * @param name bytes as the UFS holds them, without a slash
   * @param attributes of the entry itself, where it is a symlink too
   */
  record Entry(ByteString name, Attributes attributes) {
    public Entry {
      requireNonNull(name, "name is null");
      requireNonNull(attributes, "attributes is null");
    }
  }
}
