// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

import io.railfs.protocol.Attributes;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongFunction;
import java.util.function.LongToIntFunction;

/**
 * The attributes of versions that are open and that their names do not stand for any more. Each is
 * looked for once, and remembered until nobody has it open. Thread-safe.
 */
final class OpenVersions implements Names.OldVersions {
  private final LongFunction<Attributes> search;
  private final LongToIntFunction handles;
  private final Map<Long, Attributes> known = new ConcurrentHashMap<>();

  /**
   * @param search finds the attributes of an open node's version, or null where it is not open
   * @param handles how many handles of a node are open
   */
  OpenVersions(LongFunction<Attributes> search, LongToIntFunction handles) {
    this.search = search;
    this.handles = handles;
  }

  @Override
  public Attributes of(long node) {
    Attributes attributes = known.computeIfAbsent(node, search::apply);
    // The last handle may have been closed between the search and the entry.
    removeIfClosed(node);
    return attributes;
  }

  /** To be called when a handle was closed and is not counted any more. */
  void removeIfClosed(long node) {
    if (!known.isEmpty() && handles.applyAsInt(node) == 0) {
      known.remove(node);
    }
  }

  /** How many are remembered. */
  int size() {
    return known.size();
  }
}
