// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.system;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** The mounts that this process sees, in the order in which they were made (proc(5)). Immutable. */
public final class MountInfo {
  private static final Path FILE = Path.of("/proc/self/mountinfo");
  private static final int FIRST_OPTIONAL_FIELD = 6;

  private final List<MountEntry> entries;

  private MountInfo(List<MountEntry> entries) {
    this.entries = entries;
  }

  /** The mounts as they are now. It asks the kernel alone: a hung mount does not delay it. */
  public static MountInfo read() throws CommandException {
    try {
      return parse(Files.readString(FILE, ISO_8859_1));
    } catch (IOException e) {
      throw new CommandException(FILE + " cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * @param latin1 the file's content with one char for each byte
   */
  static MountInfo parse(String latin1) {
    return new MountInfo(latin1.lines().map(MountInfo::entry).toList());
  }

  private static MountEntry entry(String line) {
    String[] fields = line.split(" ", -1);
    int separator = FIRST_OPTIONAL_FIELD;
    while (!fields[separator].equals("-")) {
      separator++;
    }
    return new MountEntry(
        Integer.parseInt(fields[0]),
        fields[2],
        Path.of(unescape(fields[4])),
        fields[separator + 1],
        unescape(fields[separator + 2]),
        fields[5] + "," + fields[separator + 3]);
  }

  /** Undoes the kernel's octal escapes (blank, tab, newline, backslash); the bytes are UTF-8. */
  static String unescape(String latin1) {
    byte[] in = latin1.getBytes(ISO_8859_1);
    ByteArrayOutputStream out = new ByteArrayOutputStream(in.length);
    for (int i = 0; i < in.length; i++) {
      if (in[i] == '\\' && i + 3 < in.length) {
        out.write(Integer.parseInt(new String(in, i + 1, 3, ISO_8859_1), 8));
        i += 3;
      } else {
        out.write(in[i]);
      }
    }
    return out.toString(UTF_8);
  }

  /** All mounts. */
  public List<MountEntry> entries() {
    return entries;
  }

  /** The mounts of RailFS. */
  public List<MountEntry> railfs() {
    return entries.stream().filter(MountEntry::isRailfs).toList();
  }

  /** The mount that is seen at this path, the last of those made there. */
  public Optional<MountEntry> at(Path mountpoint) {
    List<MountEntry> there =
        entries.stream().filter(entry -> entry.mountpoint().equals(mountpoint)).toList();
    return there.isEmpty() ? Optional.empty() : Optional.of(there.get(there.size() - 1));
  }

  /** The mounts below a path, the deepest last made first; they keep the one at the path busy. */
  public List<MountEntry> below(Path mountpoint) {
    List<MountEntry> below =
        new ArrayList<>(
            entries.stream()
                .filter(entry -> entry.mountpoint().startsWith(mountpoint))
                .filter(entry -> !entry.mountpoint().equals(mountpoint))
                .toList());
    Collections.reverse(below);
    return below;
  }
}
