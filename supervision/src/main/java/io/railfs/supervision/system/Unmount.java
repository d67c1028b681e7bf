// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.system;

import io.railfs.base.MountEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Takes mounts away: with umount as root, with fusermount as anybody else. */
public final class Unmount {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  /** How much force is used. */
  public enum Mode {
    /** Only when nobody uses it. */
    CLEAN,
    /** It vanishes from the tree now, and for good when its last user has gone. */
    LAZY
  }

  private Unmount() {}

  /**
   * Unmounts what is seen at the path.
   *
   * @return false when it is in use; nothing was changed then
   */
  public static boolean run(Path mountpoint, Mode mode)
      throws CommandException, InterruptedException {
    Tool.Outcome outcome = Tool.run(command(mountpoint, mode), TIMEOUT);
    if (outcome.succeeded()) {
      return true;
    }
    if (outcome.output().toLowerCase(Locale.ROOT).contains("busy")) {
      return false;
    }
    throw new CommandException(
        mountpoint + " cannot be unmounted: " + outcome.output().replace('\n', ' '));
  }

  private static List<String> command(Path mountpoint, Mode mode) throws CommandException {
    List<String> command = new ArrayList<>();
    if (User.isRoot()) {
      command.add(Tool.find("umount").orElse("umount"));
      // The path is the kernel's own. Else umount stats it, and waits where no worker answers.
      command.add("--no-canonicalize");
      if (mode == Mode.LAZY) {
        command.add("-l");
      }
    } else {
      command.add(
          Tool.find("fusermount", "fusermount3")
              .orElseThrow(
                  () ->
                      new CommandException(
                          "fusermount is not installed; install the package fuse or fuse3")));
      command.add("-u");
      if (mode == Mode.LAZY) {
        command.add("-z");
      }
    }
    command.add("--");
    command.add(mountpoint.toString());
    return command;
  }

  /**
   * Ends every request that waits in the mount with an error, so that hung processes come free.
   *
   * @return false where this user may not, or the connection has gone
   */
  public static boolean abort(MountEntry mount) {
    Path file = Path.of("/sys/fs/fuse/connections", mount.connection(), "abort");
    try {
      Files.writeString(file, "1");
      return true;
    } catch (IOException e) {
      // The caller goes on with the milder means that are left.
      return false;
    }
  }
}
