// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.base;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The mounts that a process sees, in the order in which they were made (proc(5), mountinfo).
 * Immutable.
 */
public final class MountInfo {
  private static final Path FILE = Path.of("/proc/self/mountinfo");
  private static final int FIRST_OPTIONAL_FIELD = 6;
  private static final Pattern OCTAL = Pattern.compile("\\\\([0-7]{3})");

  private final List<MountEntry> entries;

  private MountInfo(List<MountEntry> entries) {
    this.entries = entries;
  }

  /**
   * The mounts as they are now. It asks the kernel alone: a hung mount does not delay it.
   *
   * @throws UncheckedIOException where there is no /proc, without which nothing here works
   */
  public static MountInfo read() {
    try {
      return of(FILE);
    } catch (IOException e) {
      throw new UncheckedIOException(FILE + " cannot be read: " + e.getMessage(), e);
    }
  }

  /** The mounts that another process sees, from its mountinfo file. */
  public static MountInfo of(Path mountinfo) throws IOException {
    return parse(Files.readString(mountinfo, ISO_8859_1));
  }

  /**
   * @param latin1 the file's content with one char for each byte; a line that is cut short is left
   *     out
   */
  static MountInfo parse(String latin1) {
    return new MountInfo(latin1.lines().map(MountInfo::entry).flatMap(Optional::stream).toList());
  }

  /** Before the separator come the mount itself and optional fields, behind it the file system. */
  private static Optional<MountEntry> entry(String line) {
    String[] fields = line.split(" ", -1);
    int separator = FIRST_OPTIONAL_FIELD;
    while (separator < fields.length && !fields[separator].equals("-")) {
      separator++;
    }
    if (separator + 3 >= fields.length) {
      return Optional.empty();
    }
    return Optional.of(
        new MountEntry(
            Integer.parseInt(fields[0]),
            fields[2],
            unescape(fields[3]),
            unescape(fields[4]),
            fields[separator + 1],
            unescape(fields[separator + 2]),
            fields[5] + "," + fields[separator + 3]));
  }

  /** Undoes the kernel's octal escapes: blank, tab, newline, backslash. */
  private static String unescape(String escaped) {
    return OCTAL
        .matcher(escaped)
        .replaceAll(
            match ->
                Matcher.quoteReplacement(
                    String.valueOf((char) Integer.parseInt(match.group(1), Byte.SIZE))));
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
    return entries.stream()
        .filter(entry -> entry.mountpoint().equals(mountpoint))
        .reduce((earlier, later) -> later);
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

  /**
   * The mount that an absolute path is on, of several at one place the last.
   *
   * @param path a char for each byte
   */
  public Optional<MountEntry> holding(String path) {
    return entries.stream()
        .filter(entry -> entry.holds(path))
        .reduce((best, entry) -> entry.place().length() >= best.place().length() ? entry : best);
  }

  /**
   * The places below a directory where a file system is mounted now, not only when it is used.
   *
   * @param directory a char for each byte
   */
  public List<String> placesBelow(String directory) {
    return entries.stream()
        .filter(entry -> !entry.isAutomount())
        .map(MountEntry::place)
        .filter(place -> isBelow(directory, place))
        .toList();
  }

  static boolean isBelow(String directory, String path) {
    return path.length() > directory.length()
        && path.startsWith(directory.endsWith("/") ? directory : directory + "/");
  }
}
