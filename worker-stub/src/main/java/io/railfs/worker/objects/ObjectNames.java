// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import io.railfs.protocol.RailPath;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;

/**
 * Keys from and to paths. A key has a path if its parts between slashes are names that a file
 * system takes.
 */
final class ObjectNames {
  private ObjectNames() {}

  /** The key of a path, or null where no key can have it. */
  static String key(RailPath path) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(path.latin1().substring(1).getBytes(ISO_8859_1));
      return UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      // Object stores have names in UTF-8 only.
      return null;
    }
  }

  /** Bytes of the name of an entry, or null where no path can have it. */
  static ByteString name(String name) {
    byte[] bytes = name.getBytes(UTF_8);
    boolean valid =
        bytes.length > 0
            && bytes.length <= RailPath.MAX_NAME_LENGTH
            && name.indexOf('/') < 0
            && name.indexOf('\0') < 0
            && !name.equals(".")
            && !name.equals("..");
    return valid ? ByteString.copyFrom(bytes) : null;
  }

  static boolean endsInWhiteSpace(String text) {
    if (text.isEmpty()) {
      return false;
    }
    int last = text.codePointBefore(text.length());
    return Character.isWhitespace(last) || Character.isSpaceChar(last) || last == 0x85;
  }
}
