// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.facts;

import java.util.BitSet;

/** Processors as the kernel lists them: "0-3,8". Immutable. */
public final class CpuSet {
  private static final int MAX = 1 << 16;

  private final BitSet members;

  private CpuSet(BitSet members) {
    this.members = members;
  }

  /** Reads a list; what is no list has no members. */
  public static CpuSet of(String list) {
    BitSet members = new BitSet();
    try {
      for (String range : list.strip().split(",", -1)) {
        String[] ends = range.split("-", 2);
        int first = Integer.parseInt(ends[0].strip());
        int last = ends.length == 1 ? first : Integer.parseInt(ends[1].strip());
        if (first < 0 || last < first || last >= MAX) {
          return new CpuSet(new BitSet());
        }
        members.set(first, last + 1);
      }
    } catch (NumberFormatException e) {
      // "" of a node without processors, or a mask of a driver of its own.
      return new CpuSet(new BitSet());
    }
    return new CpuSet(members);
  }

  /** Those of either. */
  public CpuSet union(CpuSet other) {
    BitSet both = (BitSet) members.clone();
    both.or(other.members);
    return new CpuSet(both);
  }

  public boolean isEmpty() {
    return members.isEmpty();
  }

  public int size() {
    return members.cardinality();
  }

  /** Whether both have a member in common. */
  public boolean meets(CpuSet other) {
    return members.intersects(other.members);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (int first = members.nextSetBit(0); first >= 0; ) {
      int last = members.nextClearBit(first) - 1;
      text.append(text.isEmpty() ? "" : ",").append(first);
      text.append(last > first ? "-" + last : "");
      first = members.nextSetBit(last + 1);
    }
    return text.toString();
  }
}
