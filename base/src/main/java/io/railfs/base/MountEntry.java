// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.base;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One mount. Paths and the source have a char for each of their bytes, as their encoding is
 * anybody's.
 *
 * @param id the kernel's number of the mount
 * @param device "major:minor" of the file system
 * @param root the directory of the file system that is mounted
 * @param place where it is mounted, absolute
 * @param type file system type, "fuse.railfs" for ours
 * @param source what is mounted, as the file system names it: a device, an export, a name
 * @param options mount options and the file system's own, comma-separated
 */
public record MountEntry(
    int id, String device, String root, String place, String type, String source, String options) {
  private static final String RAILFS = "fuse.railfs";
  private static final String AUTOMOUNT = "autofs";
  private static final Pattern USER = Pattern.compile("(?:^|,)user_id=(\\d{1,9})(?:,|$)");

  /** Where it is mounted, read as UTF-8. */
  public Path mountpoint() {
    return Path.of(new String(place.getBytes(ISO_8859_1), UTF_8));
  }

  /** Whether RailFS serves it. */
  public boolean isRailfs() {
    return type.equals(RAILFS);
  }

  /** Whether something will be mounted there as soon as somebody looks into it. */
  public boolean isAutomount() {
    return isAutomount(type);
  }

  /** Whether a file system type is that of {@link #isAutomount()}. */
  public static boolean isAutomount(String type) {
    return type.equals(AUTOMOUNT);
  }

  /** The number of the user who mounted a FUSE file system; empty for others. */
  public Optional<Integer> user() {
    Matcher user = USER.matcher(options);
    return user.find() ? Optional.of(Integer.valueOf(user.group(1))) : Optional.empty();
  }

  /** Number of the connection below /sys/fs/fuse/connections. */
  public String connection() {
    return device.substring(device.indexOf(':') + 1);
  }

  /** Where a path that is on it is within the file system, wherever that is mounted. */
  public String within(String path) {
    String start = root.equals("/") ? "" : root;
    String rest = path.substring(place.equals("/") ? 0 : place.length());
    String whole = start + (rest.equals("/") ? "" : rest);
    return whole.isEmpty() ? "/" : whole;
  }

  /** Whether a path is at its place or below. */
  boolean holds(String path) {
    return path.equals(place) || MountInfo.isBelow(place, path);
  }
}
