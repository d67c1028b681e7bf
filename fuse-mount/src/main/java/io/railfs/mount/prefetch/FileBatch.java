// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.prefetch;

import java.util.function.LongFunction;

/**
 * Files to fetch ahead of a reader.
 *
 * @param lock guards {@code pattern} and is held while {@code files} is asked
 * @param pattern notified when there was no room for all
 * @param span their positions
 * @param files the file at a position, or null where there is none to fetch
 */
record FileBatch(
    Object lock, OrderPattern pattern, OrderPattern.Span span, LongFunction<VersionedPath> files) {

  VersionedPath at(long position) {
    synchronized (lock) {
      return files.apply(position);
    }
  }

  void fellShort(long position) {
    synchronized (lock) {
      pattern.fellShort(span, position);
    }
  }
}
