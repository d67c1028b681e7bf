// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.sdk;

/**
 * What one request reads.
 *
 * @param length bytes; negative for the whole object
 */
record Piece(String key, long offset, long length) {
  static Piece whole(String key) {
    return new Piece(key, 0, -1);
  }

  /** The header Range, or null. */
  String range() {
    return length < 0 ? null : "bytes=" + offset + "-" + (offset + length - 1);
  }
}
