package io.railfs.mount.fs;

import com.google.protobuf.ByteString;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RailPath;
import java.nio.charset.StandardCharsets;

/**
 * Decides whether a symlink stays inside the dataset. The kernel follows links itself, on the
 * host's own tree; a link that leads out of the mount would show the reader a file of the host as
 * if it belonged to the dataset.
 */
final class Symlinks {
  private Symlinks() {}

  /** Asks for attributes, as the file system answers them. */
  interface Lookup {
    Attributes attributes(RailPath path) throws FsException;
  }

  /**
   * Checks a link's target. Absolute targets are refused: they name a place on the host. A relative
   * one is walked name by name; each symlink on the way is read, and so checked, on its own when
   * the kernel comes to it, but "only up again from real directories" has to be checked here.
   *
   * @param link where the link stands; no component of it is a symlink
   * @param target as stored
   */
  static void check(RailPath link, ByteString target, Lookup lookup) throws FsException {
    String[] parts = target.toString(StandardCharsets.ISO_8859_1).split("/", -1);
    if (target.isEmpty() || target.byteAt(0) == '/') {
      throw leaves(link, target, "it is absolute");
    }
    int lastUp = -1;
    for (int i = 0; i < parts.length; i++) {
      lastUp = parts[i].equals("..") ? i : lastUp;
    }
    RailPath at = link.parent();
    // Behind the last ".." the walk only goes down, and every link met there is checked by its own
    // readlink.
    for (int i = 0; i <= lastUp; i++) {
      String part = parts[i];
      if (part.equals("..")) {
        if (at.isRoot()) {
          throw leaves(link, target, "it climbs above the root");
        }
        at = at.parent();
      } else if (!part.isEmpty() && !part.equals(".")) {
        at = child(link, at, part);
        if (lookup.attributes(at).isSymlink()) {
          throw leaves(link, target, "it climbs up again from the symlink " + at);
        }
      }
    }
  }

  private static RailPath child(RailPath link, RailPath at, String name) throws FsException {
    try {
      return at.childOfLatin1(name);
    } catch (ProtocolException e) {
      throw new FsException(
          FsException.Problem.NAME_TOO_LONG, "symlink " + link + ": " + e.getMessage(), e);
    }
  }

  private static FsException leaves(RailPath link, ByteString target, String why) {
    return new FsException(
        FsException.Problem.LEAVES_ROOT,
        "symlink "
            + link
            + " -> "
            + target.toString(StandardCharsets.UTF_8)
            + " is refused: "
            + why);
  }
}
