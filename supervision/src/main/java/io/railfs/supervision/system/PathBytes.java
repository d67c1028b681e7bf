// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.system;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Paths as bytes, one char for each ("latin1"). The JDK decodes an argument as text, which loses
 * bytes that are none; a {@link Path} keeps them, and shows them in its URI.
 */
public final class PathBytes {
  /** What cannot exist: toUri() asks the file system about what it converts. */
  private static final Path NOWHERE = Path.of("/dev/null/none");

  private static final int NOWHERE_LENGTH = NOWHERE.toString().length() + 1;

  /** Stands where bytes were no text. */
  private static final char LOST = '\ufffd';

  private PathBytes() {}

  /** The path that an argument of this process names, with the bytes that were typed. */
  public static Path argument(String argument) throws CommandException {
    if (argument.indexOf(LOST) < 0) {
      return Path.of(argument);
    }
    try {
      String line = Files.readString(Path.of("/proc/self/cmdline"), ISO_8859_1);
      for (String typed : line.split("\0", -1)) {
        if (new String(typed.getBytes(ISO_8859_1), UTF_8).equals(argument)) {
          return ofLatin1(typed);
        }
      }
      return Path.of(argument);
    } catch (IOException e) {
      throw new CommandException("/proc/self/cmdline cannot be read: " + e.getMessage(), e);
    }
  }

  /** The working directory of this process. */
  public static Path workingDirectory() throws CommandException {
    try {
      return Files.readSymbolicLink(Path.of("/proc/self/cwd"));
    } catch (IOException e) {
      throw new CommandException("the working directory is not known: " + e.getMessage(), e);
    }
  }

  /** A path of these bytes. */
  public static Path ofLatin1(String latin1) {
    StringBuilder uri = new StringBuilder("file:///");
    for (byte b : latin1.getBytes(ISO_8859_1)) {
      if (b == '/' || (b >= '0' && b <= '9') || (b >= 'a' && b <= 'z')) {
        uri.append((char) b);
      } else {
        uri.append('%').append(Character.forDigit((b >> 4) & 15, 16));
        uri.append(Character.forDigit(b & 15, 16));
      }
    }
    Path absolute = Path.of(URI.create(uri.toString()));
    return latin1.startsWith("/") ? absolute : Path.of("/").relativize(absolute);
  }

  /** The bytes of a relative path. */
  public static String latin1(Path relative) {
    String uri = NOWHERE.resolve(relative).toUri().getRawPath().substring(NOWHERE_LENGTH);
    StringBuilder bytes = new StringBuilder();
    for (int i = 0; i < uri.length(); i++) {
      if (uri.charAt(i) == '%') {
        bytes.append((char) Integer.parseInt(uri, i + 1, i + 3, 16));
        i += 2;
      } else {
        bytes.append(uri.charAt(i));
      }
    }
    return bytes.toString();
  }
}
