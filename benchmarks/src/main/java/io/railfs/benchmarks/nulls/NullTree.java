// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.nulls;

import com.google.protobuf.ByteString;
import io.railfs.client.ClusterException;
import io.railfs.client.Freshness;
import io.railfs.client.MetadataSource;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.EntryType;
import io.railfs.protocol.RailPath;
import java.time.Duration;
import java.util.Map;

/** A directory of large files: set-0, set-1, ... */
final class NullTree implements MetadataSource {
  private static final String PREFIX = "/set-";

  private final int files;
  private final Attributes file;
  private final Attributes root;

  /**
   * @param size bytes of each file
   */
  NullTree(int files, long size) {
    this.files = files;
    this.file = attributes(EntryType.REGULAR, 0444, size);
    this.root = attributes(EntryType.DIRECTORY, 0555, 4096);
  }

  private static Attributes attributes(EntryType type, int mode, long size) {
    return new Attributes(type, mode, 0, 0, size, 1, 1, "", ByteString.EMPTY);
  }

  @Override
  public Attributes stat(RailPath path, long deadlineNanos) throws ClusterException {
    String text = path.toString();
    if (path.equals(RailPath.ROOT)) {
      return root;
    }
    for (int i = 0; i < files; i++) {
      if (text.equals(PREFIX + i)) {
        return file;
      }
    }
    throw new ClusterException(ClusterException.Failure.NOT_FOUND, path + " does not exist");
  }

  @Override
  public void list(RailPath path, EntryConsumer entries, Duration timeout, Freshness freshness)
      throws ClusterException {
    for (int i = 0; i < files; i++) {
      entries.accept(ByteString.copyFromUtf8(PREFIX.substring(1) + i), file);
    }
  }

  @Override
  public Map<ByteString, ByteString> xattrs(RailPath path, long deadlineNanos) {
    return Map.of();
  }

  @Override
  public Space space(long deadlineNanos) {
    return new Space(files * file.size(), 0, 0);
  }
}
