// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.control;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.ErrorCode;
import java.util.Base64;

/**
 * What a command asks of a serving process, in one line:
 *
 * <pre>
 *   stats
 *   refresh 0|1 PATH      1: everything below too; PATH in base64, for names are bytes
 * </pre>
 */
public record ControlRequest(Kind kind, RailPath path, boolean recursive) {
  /** Bytes of the longest line, with its end. */
  static final int MAX_LINE = 8192;

  static final ControlRequest STATS = new ControlRequest(Kind.STATS, RailPath.ROOT, false);

  enum Kind {
    STATS,
    REFRESH
  }

  public static ControlRequest refresh(RailPath path, boolean recursive) {
    return new ControlRequest(Kind.REFRESH, path, recursive);
  }

  /** The line without its end. */
  String line() {
    return switch (kind) {
      case STATS -> "stats";
      case REFRESH ->
          "refresh "
              + (recursive ? "1 " : "0 ")
              + Base64.getEncoder().encodeToString(path.latin1().getBytes(ISO_8859_1));
    };
  }

  /** Fails with {@link ProtocolException} with a sentence where it is no request that is known. */
  static ControlRequest of(String line) throws ProtocolException {
    String[] words = line.split(" ", -1);
    if (line.equals("stats")) {
      return STATS;
    }
    if (words.length == 3 && words[0].equals("refresh") && words[1].matches("[01]")) {
      return refresh(path(words[2]), words[1].equals("1"));
    }
    throw new ProtocolException(
        ErrorCode.INVALID_REQUEST, "the request '" + words[0] + "' is not known to this release");
  }

  private static RailPath path(String base64) throws ProtocolException {
    try {
      return RailPath.ofLatin1(new String(Base64.getDecoder().decode(base64), ISO_8859_1));
    } catch (IllegalArgumentException e) {
      throw new ProtocolException(ErrorCode.INVALID_REQUEST, "the path is no base64");
    }
  }
}
