// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.Locale;

/** Writes a tar archive of regular files (POSIX ustar), which its owner alone may read. */
final class TarArchive implements AutoCloseable {
  private static final int RECORD = 512;
  private static final int NAME = 100;
  private static final int PREFIX = 155;
  private static final int PREFIX_AT = 345;
  private static final int CHECKSUM_AT = 148;

  private final OutputStream out;
  private final long modified;

  /**
   * @param out closed with this
   */
  TarArchive(OutputStream out, Instant modified) {
    this.out = out;
    this.modified = modified.getEpochSecond();
  }

  /**
   * Adds a file.
   *
   * @throws IOException where it cannot be written, or the name has more than 100 bytes behind a
   *     directory of more than 155
   */
  void add(String path, byte[] content) throws IOException {
    byte[] header = new byte[RECORD];
    int cut =
        path.getBytes(UTF_8).length <= NAME ? -1 : path.indexOf('/', path.length() - NAME - 1);
    String name = path.substring(cut + 1);
    String prefix = cut < 0 ? "" : path.substring(0, cut);
    if (name.getBytes(UTF_8).length > NAME || prefix.getBytes(UTF_8).length > PREFIX) {
      throw new IOException("the name " + path + " is too long for a tar archive");
    }
    put(header, 0, name);
    put(header, 100, octal(0600, 7));
    put(header, 108, octal(0, 7));
    put(header, 116, octal(0, 7));
    put(header, 124, octal(content.length, 11));
    put(header, 136, octal(modified, 11));
    put(header, CHECKSUM_AT, " ".repeat(8));
    put(header, 156, "0");
    put(header, 257, "ustar\0" + "00");
    put(header, PREFIX_AT, prefix);
    int sum = 0;
    for (byte one : header) {
      sum += one & 0xff;
    }
    put(header, CHECKSUM_AT, octal(sum, 6) + "\0");
    out.write(header);
    out.write(content);
    out.write(new byte[(RECORD - content.length % RECORD) % RECORD]);
  }

  private static String octal(long number, int digits) {
    return String.format(Locale.US, "%0" + digits + "o", number);
  }

  private static void put(byte[] header, int at, String text) {
    byte[] bytes = text.getBytes(text.chars().allMatch(c -> c < 128) ? US_ASCII : UTF_8);
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }

  /** Writes the end and closes the stream. */
  @Override
  public void close() throws IOException {
    try (out) {
      out.write(new byte[2 * RECORD]);
    }
  }
}
