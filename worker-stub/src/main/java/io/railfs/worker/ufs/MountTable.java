// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.ufs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The file systems that this process sees, from the kernel's own table. */
final class MountTable {
  private static final Path TABLE = Path.of("/proc/self/mountinfo");
  private static final Pattern OCTAL = Pattern.compile("\\\\([0-7]{3})");

  /** Before the dash come the mount itself and optional fields, behind it the file system. */
  private static final String DASH = " - ";

  private static final int DEVICE = 2;
  private static final int ROOT = 3;
  private static final int MOUNT_POINT = 4;

  /** The type of a place where something is mounted as soon as somebody looks into it. */
  static final String AUTOMOUNT = "autofs";

  private final List<Mounted> mounts;

  /**
   * One mount.
   *
   * @param device major and minor number
   * @param root the directory of the file system that is mounted, a char for each byte
   * @param at its place, a char for each byte
   * @param type of the file system
   * @param source what was mounted: a device, an export of a server, a name
   */
  record Mounted(String device, String root, String at, String type, String source) {
    /** Where a path that is on it is within the file system, wherever that is mounted. */
    String within(String path) {
      String start = root.equals("/") ? "" : root;
      String rest = path.substring(at.equals("/") ? 0 : at.length());
      String whole = start + (rest.equals("/") ? "" : rest);
      return whole.isEmpty() ? "/" : whole;
    }
  }

  private MountTable(List<Mounted> mounts) {
    this.mounts = mounts;
  }

  static MountTable read() throws IOException {
    return of(Files.readAllLines(TABLE, StandardCharsets.ISO_8859_1));
  }

  /** Of lines as proc(5) describes them; a line that is cut short is left out. */
  static MountTable of(List<String> lines) {
    List<Mounted> mounts = new ArrayList<>();
    for (String line : lines) {
      int dash = line.indexOf(DASH);
      String[] mount = line.split(" ", -1);
      String[] system = dash < 0 ? new String[0] : line.substring(dash + 3).split(" ", -1);
      if (system.length >= 2 && mount.length > MOUNT_POINT) {
        mounts.add(
            new Mounted(
                mount[DEVICE],
                plain(mount[ROOT]),
                plain(mount[MOUNT_POINT]),
                system[0],
                plain(system[1])));
      }
    }
    return new MountTable(mounts);
  }

  private static String plain(String escaped) {
    Matcher matcher = OCTAL.matcher(escaped);
    return matcher.replaceAll(
        match ->
            Matcher.quoteReplacement(
                String.valueOf((char) Integer.parseInt(match.group(1), Byte.SIZE))));
  }

  /** The mount that an absolute path is on, of several at one place the last. */
  Mounted holding(String path) throws IOException {
    Mounted best = null;
    for (Mounted mount : mounts) {
      boolean deeper = best == null || mount.at().length() >= best.at().length();
      if (deeper && (path.equals(mount.at()) || isBelow(mount.at(), path))) {
        best = mount;
      }
    }
    if (best == null) {
      throw new IOException("the kernel's table of mounts does not have it");
    }
    return best;
  }

  /** The places below a directory where a file system is mounted now, not only when it is used. */
  List<String> below(String directory) {
    return mounts.stream()
        .filter(mount -> !mount.type().equals(AUTOMOUNT))
        .map(Mounted::at)
        .filter(at -> isBelow(directory, at))
        .toList();
  }

  private static boolean isBelow(String directory, String path) {
    return path.length() > directory.length()
        && path.startsWith(directory.endsWith("/") ? directory : directory + "/");
  }
}
