// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.bulk;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import io.railfs.client.ClusterException;
import io.railfs.client.MetadataSource;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RailPath;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Finds the regular files below a path, directory by directory; symlinks are not followed. */
final class TreeWalk {
  private final MetadataSource metadata;
  private final Duration timeout;
  private final Visitor visitor;

  /** Takes what is found, and what could not be looked at. By the thread that walks. */
  interface Visitor {
    void file(RailPath path, FileVersion version) throws InterruptedException;

    void failed(String path, String problem);
  }

  TreeWalk(MetadataSource metadata, Duration timeout, Visitor visitor) {
    this.metadata = requireNonNull(metadata, "metadata is null");
    this.timeout = requireNonNull(timeout, "timeout is null");
    this.visitor = requireNonNull(visitor, "visitor is null");
  }

  void walk(RailPath start) throws InterruptedException {
    Attributes attributes;
    try {
      attributes = metadata.stat(start, deadline());
    } catch (ClusterException e) {
      visitor.failed(
          start.toString(),
          e.failure() == ClusterException.Failure.NOT_FOUND
              ? BulkFailure.NOT_THERE
              : e.getMessage());
      return;
    }
    if (attributes.isRegular()) {
      visitor.file(start, attributes.version());
    } else if (attributes.isDirectory()) {
      walkDirectories(start);
    } else {
      visitor.failed(start.toString(), "it is neither a file nor a directory");
    }
  }

  private void walkDirectories(RailPath start) throws InterruptedException {
    Deque<RailPath> directories = new ArrayDeque<>(List.of(start));
    while (!directories.isEmpty()) {
      RailPath directory = directories.pop();
      // By name: a listing that breaks off passes its first entries once more.
      Map<ByteString, Entry> entries = new LinkedHashMap<>();
      try {
        metadata.list(
            directory,
            (name, attributes) -> {
              if (attributes.isDirectory() || attributes.isRegular()) {
                entries.putIfAbsent(
                    name, new Entry(name.toStringUtf8(), child(directory, name), attributes));
              }
            },
            timeout);
      } catch (ClusterException e) {
        visitor.failed(directory.toString(), e.getMessage());
      }
      for (Entry file : entries.values()) {
        if (file.path() == null) {
          visitor.failed(directory + "/" + file.name(), "its path is longer than the limit");
        } else if (file.attributes().isDirectory()) {
          directories.push(file.path());
        } else {
          visitor.file(file.path(), file.attributes().version());
        }
      }
    }
  }

  private record Entry(String name, RailPath path, Attributes attributes) {}

  private static RailPath child(RailPath directory, ByteString name) {
    try {
      return directory.child(name);
    } catch (ProtocolException e) {
      return null;
    }
  }

  private long deadline() {
    return System.nanoTime() + timeout.toNanos();
  }

  /** Each path once, and none below another one: what they name is counted and done once. */
  static List<RailPath> distinct(List<RailPath> paths) {
    Set<String> names = new HashSet<>();
    paths.forEach(path -> names.add(path.latin1()));
    return new LinkedHashSet<>(paths).stream().filter(path -> !isBelowAny(path, names)).toList();
  }

  private static boolean isBelowAny(RailPath path, Set<String> names) {
    String above = path.latin1();
    for (int slash = above.lastIndexOf('/'); slash > 0; slash = above.lastIndexOf('/')) {
      above = above.substring(0, slash);
      if (names.contains(above)) {
        return true;
      }
    }
    return !path.isRoot() && names.contains("/");
  }
}
