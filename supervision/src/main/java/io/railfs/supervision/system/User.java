// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.system;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.railfs.configuration.Environment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.stream.Stream;

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

  /** The name of a user in /etc/passwd, else the number: other sources may take long to answer. */
  public static String name(int uid) {
    try (Stream<String> accounts = Files.lines(Path.of("/etc/passwd"), ISO_8859_1)) {
      return accounts
          .map(account -> account.split(":", -1))
          .filter(fields -> fields.length > 2 && fields[2].equals(String.valueOf(uid)))
          .map(fields -> fields[0])
          .findFirst()
          .orElse(String.valueOf(uid));
    } catch (IOException | UncheckedIOException e) {
      return String.valueOf(uid);
    }
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
