// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.access;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.protobuf.ByteString;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.ErrorCode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a client may read: some paths and everything below them. Of the directories above it sees
 * the names that lead there, nothing else; all other paths do not exist for it. Immutable.
 */
public final class PathGrant {
  /** Everything. */
  public static final PathGrant ALL = new PathGrant(List.of(RailPath.ROOT));

  private final List<RailPath> paths;

  private PathGrant(List<RailPath> paths) {
    this.paths = List.copyOf(paths);
  }

  /** These paths and what is below them; none of them: nothing. */
  public static PathGrant of(List<RailPath> paths) {
    return paths.contains(RailPath.ROOT) ? ALL : new PathGrant(paths);
  }

  /** Whether nothing may be read, not even the root. */
  public boolean isNothing() {
    return paths.isEmpty();
  }

  public boolean isAll() {
    return this == ALL;
  }

  public List<RailPath> paths() {
    return paths;
  }

  /** What both allow. */
  public PathGrant and(PathGrant other) {
    Set<RailPath> both = new HashSet<>();
    for (RailPath mine : paths) {
      for (RailPath theirs : other.paths) {
        if (isInside(mine, theirs)) {
          both.add(mine);
        } else if (isInside(theirs, mine)) {
          both.add(theirs);
        }
      }
    }
    return of(new ArrayList<>(both));
  }

  /** Whether the path and everything below it may be read. */
  public boolean allows(RailPath path) {
    return isAll() || paths.stream().anyMatch(allowed -> isInside(path, allowed));
  }

  /**
   * Returns if {@link #allows}.
   *
   * @throws ProtocolException as if the path did not exist
   */
  public void requireAllowed(RailPath path) throws ProtocolException {
    if (!allows(path)) {
      throw absent(path);
    }
  }

  /**
   * Returns the path if it may be read or leads to what may be.
   *
   * @throws ProtocolException as if the path did not exist
   */
  public RailPath requireVisible(RailPath path) throws ProtocolException {
    if (!allows(path) && paths.stream().noneMatch(allowed -> isInside(allowed, path))) {
      throw absent(path);
    }
    return path;
  }

  private static ProtocolException absent(RailPath path) {
    return new ProtocolException(ErrorCode.NOT_FOUND, "'" + path + "' does not exist");
  }

  /** The names of a directory that are shown; empty for all. */
  public Optional<Set<ByteString>> shownIn(RailPath directory) {
    if (allows(directory)) {
      return Optional.empty();
    }
    int depth = directory.componentsLatin1().length;
    Set<ByteString> names = new HashSet<>();
    for (RailPath allowed : paths) {
      if (isInside(allowed, directory)) {
        names.add(ByteString.copyFrom(allowed.componentsLatin1()[depth], ISO_8859_1));
      }
    }
    return Optional.of(names);
  }

  private static boolean isInside(RailPath path, RailPath directory) {
    String whole = path.latin1();
    String start = directory.latin1();
    return directory.isRoot()
        || (whole.startsWith(start)
            && (whole.length() == start.length() || whole.charAt(start.length()) == '/'));
  }

  @Override
  public String toString() {
    return isAll() ? "everything" : paths.toString();
  }
}
