// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.cache;

import com.google.protobuf.ByteString;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Finds entries by name: a hash table with open addressing that holds positions alone, as the names
 * stand in the entries. 6 to 12 bytes an entry. Not thread-safe.
 */
final class NameTable {
  /** Another one in each process, so that nobody can make up names that all collide. */
  private static final int FACTOR = ThreadLocalRandom.current().nextInt() | 1;

  private static final int FIRST = 16;
  private static final int EMPTY = -1;

  private final PackedEntries entries;
  private int[] slots = filled(FIRST);
  private int count;

  NameTable(PackedEntries entries) {
    this.entries = entries;
  }

  /** Bytes that it takes. */
  long bytes() {
    return 4L * slots.length;
  }

  /** Position of the entry of this name, with one char for each byte, or -1. */
  int find(String nameLatin1) {
    int hash = 0;
    for (int i = 0; i < nameLatin1.length(); i++) {
      hash = hash * FACTOR + (byte) nameLatin1.charAt(i);
    }
    for (int slot = slot(hash); slots[slot] != EMPTY; slot = slot + 1 & slots.length - 1) {
      if (isNamed(slots[slot], nameLatin1)) {
        return slots[slot];
      }
    }
    return -1;
  }

  private boolean isNamed(int position, String nameLatin1) {
    int length = entries.nameLength(position);
    if (length != nameLatin1.length()) {
      return false;
    }
    byte[] bytes = entries.segmentOf(position);
    int start = PackedEntries.nameStart(position);
    for (int i = 0; i < length; i++) {
      if (bytes[start + i] != (byte) nameLatin1.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** Position of the entry of this name, or -1. */
  int find(byte[] name, int start, int nameLength) {
    int hash = 0;
    for (int i = start; i < start + nameLength; i++) {
      hash = hash * FACTOR + name[i];
    }
    for (int slot = slot(hash); slots[slot] != EMPTY; slot = slot + 1 & slots.length - 1) {
      int position = slots[slot];
      int at = PackedEntries.nameStart(position);
      int length = entries.nameLength(position);
      if (Arrays.equals(
          entries.segmentOf(position), at, at + length, name, start, start + nameLength)) {
        return position;
      }
    }
    return -1;
  }

  boolean contains(ByteString name) {
    int hash = 0;
    for (int i = 0; i < name.size(); i++) {
      hash = hash * FACTOR + name.byteAt(i);
    }
    for (int slot = slot(hash); slots[slot] != EMPTY; slot = slot + 1 & slots.length - 1) {
      if (isNamed(slots[slot], name)) {
        return true;
      }
    }
    return false;
  }

  private boolean isNamed(int position, ByteString name) {
    int length = entries.nameLength(position);
    if (length != name.size()) {
      return false;
    }
    byte[] bytes = entries.segmentOf(position);
    int start = PackedEntries.nameStart(position);
    for (int i = 0; i < length; i++) {
      if (bytes[start + i] != name.byteAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** Takes an entry in whose name is not there yet. */
  void add(int position) {
    if (3L * (count + 1) > 2L * slots.length) {
      int[] before = slots;
      slots = filled(2 * before.length);
      for (int old : before) {
        if (old != EMPTY) {
          put(old);
        }
      }
    }
    put(position);
    count++;
  }

  private void put(int position) {
    byte[] bytes = entries.segmentOf(position);
    int start = PackedEntries.nameStart(position);
    int end = start + entries.nameLength(position);
    int hash = 0;
    for (int i = start; i < end; i++) {
      hash = hash * FACTOR + bytes[i];
    }
    int slot = slot(hash);
    while (slots[slot] != EMPTY) {
      slot = slot + 1 & slots.length - 1;
    }
    slots[slot] = position;
  }

  /** The finalizer of MurmurHash3: names differ in their last bytes, slots in the low bits. */
  private int slot(int hash) {
    int h = hash;
    h = (h ^ h >>> 16) * 0x85ebca6b;
    h = (h ^ h >>> 13) * 0xc2b2ae35;
    return (h ^ h >>> 16) & slots.length - 1;
  }

  private static int[] filled(int length) {
    int[] slots = new int[length];
    Arrays.fill(slots, EMPTY);
    return slots;
  }
}
