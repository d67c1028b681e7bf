// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.prefetch;

/**
 * What of a file to fetch ahead: {@code count} records of {@code length} bytes, the first at {@code
 * start}, each {@code stride} bytes after the one before it (before it in the file, where that is
 * negative). A sequential stream is one record. Records may reach over the ends of the file.
 *
 * @param source whose plan it is: notified when it could not be carried out whole
 */
record Plan(Source source, long start, long length, long stride, int count) {
  /** Makes plans. */
  interface Source {
    /** For want of room only the first bytes of the plan are fetched. */
    void fellShort(Plan plan, long done);
  }

  /** A plan of one range. */
  static Plan range(Source source, long start, long end) {
    return new Plan(source, start, end - start, 0, 1);
  }

  /** Bytes of all its records. */
  long bytes() {
    return length * count;
  }
}
