// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store.disk;

/**
 * Names one block of one file version: 128 bits of the hash of its {@link FileId} and the index of
 * the block in the file. Small, for a store keeps one in memory for each of its blocks.
 */
public record BlockKey(long high, long low, int index) {

  @Override
  public int hashCode() {
    // The hash is uniform already; blocks of one file must not meet in neighbouring slots.
    return (int) low ^ (index * 0x9E3779B9);
  }

  /** 32 hex digits, a dash, the index: a file name, and the name of a block in logs. */
  @Override
  public String toString() {
    return hex(high) + hex(low) + "-" + index;
  }

  /** The key with this name, or null where it is no such name. */
  public static BlockKey parse(String name) {
    if (name.length() < 34 || name.charAt(32) != '-') {
      return null;
    }
    try {
      long high = Long.parseUnsignedLong(name, 0, 16, 16);
      long low = Long.parseUnsignedLong(name, 16, 32, 16);
      BlockKey key = new BlockKey(high, low, Integer.parseInt(name, 33, name.length(), 10));
      return key.index >= 0 && key.toString().equals(name) ? key : null;
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /** Two hex digits: the subdirectory that holds the file. */
  public String shard() {
    return hex(high).substring(0, 2);
  }

  private static String hex(long value) {
    String digits = Long.toHexString(value);
    return "0".repeat(16 - digits.length()) + digits;
  }
}
