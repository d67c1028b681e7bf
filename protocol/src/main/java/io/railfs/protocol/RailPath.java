// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.protocol;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import io.railfs.protocol.messages.ErrorCode;

/**
 * An absolute, normal path inside the namespace: "/" or "/a/b", no empty, "." or ".." component, no
 * NUL. It is a string of bytes, as POSIX has it, in no encoding; inside, each byte is one char,
 * which costs one byte of heap and gives hashing and comparison for free. Immutable.
 */
public final class RailPath {
  /** Bytes of the longest path (Linux PATH_MAX without its NUL). */
  public static final int MAX_LENGTH = 4095;

  /** Bytes of the longest name (Linux NAME_MAX). */
  public static final int MAX_NAME_LENGTH = 255;

  public static final RailPath ROOT = new RailPath("/");

  /** One char a byte. */
  private final String bytes;

  private RailPath(String bytes) {
    this.bytes = bytes;
  }

  /** Fails with {@link ProtocolException} with a sentence where the bytes are no such path. */
  public static RailPath of(ByteString path) throws ProtocolException {
    return ofLatin1(path.toString(ISO_8859_1));
  }

  /** The path that a person typed. Fails: as {@link #of(ByteString)}. */
  public static RailPath of(String path) throws ProtocolException {
    return ofLatin1(new String(path.getBytes(UTF_8), ISO_8859_1));
  }

  /** The path whose bytes are given with one char for each. Fails: as {@link #of(ByteString)}. */
  public static RailPath ofLatin1(String bytes) throws ProtocolException {
    int length = bytes.length();
    if (length == 0 || bytes.charAt(0) != '/') {
      throw invalid(bytes, "it does not start with /");
    }
    if (length > MAX_LENGTH) {
      throw new ProtocolException(
          ErrorCode.INVALID_REQUEST, "path of " + length + " bytes, the limit is " + MAX_LENGTH);
    }
    if (length == 1) {
      return ROOT;
    }
    int start = 1;
    for (int i = 1; i <= length; i++) {
      if (i == length || bytes.charAt(i) == '/') {
        String reason = nameProblem(bytes, start, i);
        if (reason != null) {
          throw invalid(bytes, reason);
        }
        start = i + 1;
      }
    }
    return new RailPath(bytes);
  }

  private static String nameProblem(String bytes, int start, int end) {
    int length = end - start;
    if (length == 0) {
      return "it has an empty component";
    }
    if (length > MAX_NAME_LENGTH) {
      return "a component is longer than " + MAX_NAME_LENGTH + " bytes";
    }
    if (bytes.charAt(start) == '.'
        && (length == 1 || (length == 2 && bytes.charAt(start + 1) == '.'))) {
      return "it has a . or .. component";
    }
    for (int i = start; i < end; i++) {
      if (bytes.charAt(i) == 0) {
        return "it holds a NUL byte";
      }
    }
    return null;
  }

  private static ProtocolException invalid(String bytes, String reason) {
    return new ProtocolException(
        ErrorCode.INVALID_REQUEST, "path '" + display(bytes) + "' is not valid: " + reason);
  }

  /**
   * The path of an entry of this directory. Fails with {@link ProtocolException} where it is no
   * valid name.
   */
  public RailPath child(ByteString name) throws ProtocolException {
    return childOfLatin1(name.toString(ISO_8859_1));
  }

  /** As {@link #child(ByteString)}, with one char for each byte of the name. */
  public RailPath childOfLatin1(String name) throws ProtocolException {
    requireNonNull(name, "name is null");
    String path = isRoot() ? "/" + name : bytes + "/" + name;
    if (name.indexOf('/') >= 0) {
      throw invalid(path, "a name holds a slash");
    }
    String reason = nameProblem(name, 0, name.length());
    if (reason != null) {
      throw invalid(path, reason);
    }
    if (path.length() > MAX_LENGTH) {
      throw new ProtocolException(
          ErrorCode.INVALID_REQUEST,
          "path of " + path.length() + " bytes, the limit is " + MAX_LENGTH);
    }
    return new RailPath(path);
  }

  public boolean isRoot() {
    return bytes.length() == 1;
  }

  /** The directory that holds this path; the root is its own. */
  public RailPath parent() {
    int slash = bytes.lastIndexOf('/');
    return slash <= 0 ? ROOT : new RailPath(bytes.substring(0, slash));
  }

  /** Whether this path is somewhere below another one, at any depth. */
  public boolean isBelow(RailPath other) {
    int length = other.bytes.length();
    return other.isRoot()
        ? !isRoot()
        : bytes.length() > length && bytes.startsWith(other.bytes) && bytes.charAt(length) == '/';
  }

  /** Whether this path is another one or somewhere below it. */
  public boolean isWithin(RailPath top) {
    return equals(top) || isBelow(top);
  }

  /** Whether this path is an entry of a directory. */
  public boolean isChildOf(RailPath directory) {
    return isBelow(directory)
        && bytes.lastIndexOf('/') == (directory.isRoot() ? 0 : directory.bytes.length());
  }

  /** The last component with one char for each byte; empty for the root. */
  public String nameLatin1() {
    return bytes.substring(bytes.lastIndexOf('/') + 1);
  }

  /** The whole path with one char for each byte. */
  public String latin1() {
    return bytes;
  }

  /** Components from the root down, with one char for each byte; none for the root. */
  public String[] componentsLatin1() {
    return isRoot() ? new String[0] : bytes.substring(1).split("/", -1);
  }

  public ByteString toByteString() {
    return ByteString.copyFrom(bytes, ISO_8859_1);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RailPath path && bytes.equals(path.bytes);
  }

  @Override
  public int hashCode() {
    return bytes.hashCode();
  }

  /** Read as UTF-8, where it is that; it may hold what must not be printed. */
  public String utf8() {
    return utf8(bytes);
  }

  /** For messages and logs: as {@link #utf8}, in one line. */
  @Override
  public String toString() {
    return display(bytes);
  }

  private static String display(String latin1) {
    return Printable.text(utf8(latin1));
  }

  private static String utf8(String latin1) {
    return new String(latin1.getBytes(ISO_8859_1), UTF_8);
  }
}
