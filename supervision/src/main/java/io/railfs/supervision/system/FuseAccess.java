// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.system;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What a user needs for a FUSE mount. libfuse says in its own words, elsewhere, what is missing.
 */
public final class FuseAccess {
  private static final Path DEVICE = Path.of("/dev/fuse");
  private static final Path CONF = Path.of("/etc/fuse.conf");

  private FuseAccess() {}

  /** Fails with {@link CommandException} with what is missing and what helps. */
  public static void check(boolean allowOther) throws CommandException {
    check(DEVICE, CONF, allowOther, User.isRoot());
  }

  static void check(Path device, Path conf, boolean allowOther, boolean root)
      throws CommandException {
    if (!Files.exists(device)) {
      throw new CommandException(
          device
              + " does not exist: run 'modprobe fuse', or start the container with --device"
              + " /dev/fuse --cap-add SYS_ADMIN");
    }
    if (!Files.isReadable(device) || !Files.isWritable(device)) {
      throw new CommandException(
          device + " cannot be opened by this user: run 'chmod 666 " + device + "' as root");
    }
    if (allowOther && !root && !allows(conf)) {
      throw new CommandException(
          "allow_other needs a line 'user_allow_other' in " + conf + ", or mount as root");
    }
  }

  private static boolean allows(Path conf) {
    try (Stream<String> lines = Files.lines(conf, UTF_8)) {
      return lines.anyMatch(line -> line.strip().equals("user_allow_other"));
    } catch (IOException e) {
      // Without the file nothing is allowed.
      return false;
    }
  }
}
