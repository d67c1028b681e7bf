// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store.evict;

/** Blocks in the order in which they came. A block is in one queue at most. Not thread-safe. */
final class BlockQueue<B extends QueuedBlock<B>> {
  private final QueuedBlock.Place place;
  private B first;
  private B last;
  private long bytes;
  private int count;

  /**
   * @param place what its blocks say of themselves
   */
  BlockQueue(QueuedBlock.Place place) {
    this.place = place;
  }

  long bytes() {
    return bytes;
  }

  int count() {
    return count;
  }

  void add(B block) {
    block.place = place;
    block.before = last;
    if (last == null) {
      first = block;
    } else {
      last.after = block;
    }
    last = block;
    bytes += block.fileBytes();
    count++;
  }

  /** The block that came first, taken out; null where there is none. */
  B poll() {
    B block = first;
    if (block != null) {
      remove(block);
    }
    return block;
  }

  void remove(B block) {
    if (block.before == null) {
      first = block.after;
    } else {
      block.before.after = block.after;
    }
    if (block.after == null) {
      last = block.before;
    } else {
      block.after.before = block.before;
    }
    block.before = null;
    block.after = null;
    block.place = QueuedBlock.Place.NOWHERE;
    bytes -= block.fileBytes();
    count--;
  }

  /** The block that came first, left where it is; null where there is none. */
  B peek() {
    return first;
  }
}
