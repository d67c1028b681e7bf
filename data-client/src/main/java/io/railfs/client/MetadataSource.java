// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import com.google.protobuf.ByteString;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.RailPath;
import java.time.Duration;
import java.util.Map;

/**
 * Answers about names, asked of a worker each time: nothing is cached here. Thread-safe; every
 * method blocks its caller until the answer is there or the deadline, a {@link System#nanoTime},
 * has passed.
 */
public interface MetadataSource {
  /** The attributes of what the path names; a symlink is not followed. */
  Attributes stat(RailPath path, long deadlineNanos) throws ClusterException;

  /**
   * Lists a directory without "." and "..", in the order of the UFS. Entries are passed on as they
   * come, so a listing of any size needs the memory of a part. One that breaks off is begun again,
   * and passes the entries that came before once more.
   *
   * @param entries called for each entry, by the calling thread or one of the network, one at a
   *     time
   * @param progressTimeout the longest wait for the first entries, and for more each time some have
   *     come
   * @param freshness whether one that a worker remembers will do
   */
  void list(RailPath path, EntryConsumer entries, Duration progressTimeout, Freshness freshness)
      throws ClusterException;

  /** The same, asked of the UFS. */
  default void list(RailPath path, EntryConsumer entries, Duration progressTimeout)
      throws ClusterException {
    list(path, entries, progressTimeout, Freshness.NOW);
  }

  /** The extended attributes of what the path names, by full name ("user.label"). */
  Map<ByteString, ByteString> xattrs(RailPath path, long deadlineNanos) throws ClusterException;

  /** Space of the UFS. */
  Space space(long deadlineNanos) throws ClusterException;

  /** Takes one entry of a listing. */
  interface EntryConsumer {
    /**
     * Takes an entry.
     *
     * @throws ClusterException to give the listing up, which then ends in this exception
     */
    void accept(ByteString name, Attributes attributes) throws ClusterException;

    /**
     * ReplyValidator before the entries that it is about.
     *
     * @param nanos how long before it was asked for the listing was begun
     */
    default void age(long nanos) {}

    /**
     * ReplyValidator with the last entries.
     *
     * @param nanos how long the UFS took to list the directory
     */
    default void took(long nanos) {}

    /** How many entries are wanted; 0 for all, however many there are. */
    default long maxEntries() {
      return 0;
    }

    /** Called last where the directory has more than {@link #maxEntries}; not all entries came. */
    default void truncated() {}
  }

  /**
   * Space of a file system, in bytes.
   *
   * @param total size of the file system
   * @param free not in use
   * @param available not in use and open to ordinary users
   */
  record Space(long total, long free, long available) {}
}
