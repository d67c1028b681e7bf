package io.railfs.client;

import com.google.protobuf.ByteString;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.RailPath;
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
   * Lists a directory without "." and "..", in the order of the UFS.
   *
   * @param entries called once for each entry, by the calling thread or another, one at a time
   */
  void list(RailPath path, EntryConsumer entries, long deadlineNanos) throws ClusterException;

  /** The extended attributes of what the path names, by full name ("user.label"). */
  Map<ByteString, ByteString> xattrs(RailPath path, long deadlineNanos) throws ClusterException;

  /** Space of the UFS. */
  Space space(long deadlineNanos) throws ClusterException;

  /** Takes one entry of a listing. */
  interface EntryConsumer {
    void accept(ByteString name, Attributes attributes);
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
