package io.railfs.cli.system;

import java.nio.file.Path;

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

  /** Whether RailFS serves it. */
  public boolean isRailfs() {
    return type.equals(RAILFS);
  }

  /** Number of the connection below /sys/fs/fuse/connections. */
  public String connection() {
    return device.substring(device.indexOf(':') + 1);
  }
}
