package io.railfs.cli.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** The user of this process. */
public final class User {
  private User() {}

  /** Its number. */
  public static int uid() throws CommandException {
    return owner(Path.of("/proc/" + ProcessHandle.current().pid()));
  }

  /** Whether it is root. */
  public static boolean isRoot() throws CommandException {
    return uid() == 0;
  }

  /** Where its own files are: what the environment says, as shells have it, else the account's. */
  public static Path home() {
    return Environment.ofThisProcess()
        .directory("HOME")
        .orElse(Path.of(System.getProperty("user.home")));
  }

  /** Who owns a file. */
  public static int owner(Path file) throws CommandException {
    try {
      return (Integer) Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    } catch (IOException e) {
      throw new CommandException("the owner of " + file + " cannot be read: " + e.getMessage(), e);
    }
  }
}
