// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.ufs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.net.URI;
import java.nio.file.Path;

/**
 * Names as bytes (one char for each, "latin1") from and to {@link Path}, exact in every locale. The
 * JDK decodes a name with the locale's charset, which loses bytes that are no text in it, but keeps
 * the bytes inside the path and shows them in its URI. Names of plain ASCII are the same in every
 * locale and take the short way.
 */
final class FileNames {
  /** An absolute path that cannot exist: toUri() asks the file system about what it converts. */
  private static final Path NOWHERE = Path.of("/dev/null/none");

  private static final String NOWHERE_URI = NOWHERE.toUri().getRawPath() + "/";

  private FileNames() {}

  /** A relative path of one name. */
  private static Path toPath(String latin1) {
    if (isAscii(latin1)) {
      return Path.of(latin1);
    }
    StringBuilder uri = new StringBuilder("file:///");
    for (int i = 0; i < latin1.length(); i++) {
      char c = latin1.charAt(i);
      if (isUnreserved(c)) {
        uri.append(c);
      } else {
        uri.append('%').append(hexDigit(c >> 4)).append(hexDigit(c & 15));
      }
    }
    return Path.of(URI.create(uri.toString())).getFileName();
  }

  /** The bytes of a relative path. */
  static String toLatin1(Path relative) {
    String text = relative.toString();
    if (isAscii(text)) {
      return text;
    }
    String uri = NOWHERE.resolve(relative).toUri().getRawPath();
    return percentDecoded(uri.substring(NOWHERE_URI.length()));
  }

  /** The bytes of an absolute path. */
  static String absoluteLatin1(Path absolute) {
    return "/" + toLatin1(absolute.getRoot().relativize(absolute));
  }

  /** An absolute path of these bytes. */
  static Path absolute(String latin1) {
    Path path = Path.of("/");
    for (String name : latin1.split("/", -1)) {
      path = name.isEmpty() ? path : path.resolve(toPath(name));
    }
    return path;
  }

  private static String percentDecoded(String text) {
    byte[] bytes = new byte[text.length()];
    int length = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '%') {
        bytes[length++] = (byte) Integer.parseInt(text, i + 1, i + 3, 16);
        i += 2;
      } else {
        bytes[length++] = (byte) c;
      }
    }
    return new String(bytes, 0, length, ISO_8859_1);
  }

  private static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > 0x7e) {
        return false;
      }
    }
    return true;
  }

  private static boolean isUnreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  }

  private static char hexDigit(int value) {
    return Character.forDigit(value, 16);
  }
}
