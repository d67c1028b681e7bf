// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.system;

import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One line of /proc/self/mountinfo.
 *
 * @param id the kernel's number of the mount
 * @param device "major:minor" of the file system
 * @param mountpoint absolute path
 * @param type file system type, "fuse.railfs" for ours
 * @param source what is mounted, as the file system names it
 * @param options mount options and the file system's own, comma-separated
 */
public record MountEntry(
    int id, String device, Path mountpoint, String type, String source, String options) {
  private static final String RAILFS = "fuse.railfs";
  private static final Pattern USER = Pattern.compile("(?:^|,)user_id=(\\d{1,9})(?:,|$)");

  /** Whether RailFS serves it. */
  public boolean isRailfs() {
    return type.equals(RAILFS);
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
}
