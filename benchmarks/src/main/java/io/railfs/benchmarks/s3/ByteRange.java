// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.s3;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A part of an object.
 *
 * @param whole whether no part was asked for
 */
record ByteRange(long offset, long length, boolean whole) {
  private static final Pattern HEADER = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

  /**
   * What the header Range asks for of an object of this size. As RFC 9110 has it, a header of
   * another form, or with several ranges, counts as none.
   *
   * @param header null for none
   */
  static ByteRange of(String header, long size) throws S3Refusal {
    Matcher matcher = HEADER.matcher(header == null ? "" : header);
    if (!matcher.matches() || matcher.end(2) == "bytes=-".length()) {
      return new ByteRange(0, size, true);
    }
    boolean fromEnd = matcher.group(1).isEmpty();
    long begin =
        fromEnd
            ? Math.max(0, size - Long.parseLong(matcher.group(2)))
            : Long.parseLong(matcher.group(1));
    long end =
        fromEnd || matcher.group(2).isEmpty()
            ? size
            : Math.min(size, Long.parseLong(matcher.group(2)) + 1);
    if (begin >= end) {
      throw S3Fault.NO_RANGE.refusal();
    }
    return new ByteRange(begin, end - begin, false);
  }

  /** The header Content-Range. */
  String header(long size) {
    return "bytes " + offset + "-" + (offset + length - 1) + "/" + size;
  }
}
