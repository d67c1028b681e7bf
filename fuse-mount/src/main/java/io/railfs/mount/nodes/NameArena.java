// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.nodes;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Names of 1 to 255 bytes, each in a cell of a multiple of 8 bytes. A segment of 64 KiB has cells
 * of one size; when its last name goes, it may get cells of another size, so that no size keeps
 * memory that others need.
 *
 * <pre>
 *   address = segment number << 13 | number of the cell's first 8 bytes
 *   cell    = length 1 | name | rest
 * </pre>
 *
 * <p>Adding and removing is guarded by the table's lock. Reading needs none: segments stay mapped,
 * so a thread that reads a name that is being replaced sees wrong bytes, and finds out by its node.
 */
final class NameArena {
  static final int SEGMENT = 1 << 16;

  private static final int UNIT = 8;
  private static final int UNIT_BITS = 13;
  private static final int UNITS = 1 << UNIT_BITS;
  private static final int SIZES = 32;
  private static final int NONE = -1;

  private final NodeMemory memory;
  private final ByteBuffer[] segments;

  /** Of each segment: units of a cell, or 0 where it is not in use. */
  private final byte[] cellUnits;

  /**
   * Of each segment: its first free cell that was in use before, and where those never used begin.
   */
  private final int[] freeCell;

  private final int[] fresh;
  private final int[] live;

  /** Segments with room, in a list for each size, and those without cells in one of their own. */
  private final int[] next;

  private final int[] previous;
  private final int[] withRoom = new int[SIZES + 1];
  private int emptySegments = NONE;
  private int segmentCount;
  private long liveBytes;

  NameArena(NodeMemory memory) {
    this.memory = memory;
    int most = (int) Math.min(1 << (31 - UNIT_BITS), memory.limit() / SEGMENT + 1);
    segments = new ByteBuffer[most];
    cellUnits = new byte[most];
    freeCell = new int[most];
    fresh = new int[most];
    live = new int[most];
    next = new int[most];
    previous = new int[most];
    Arrays.fill(withRoom, NONE);
  }

  /** Bytes of the cells in use. */
  long liveBytes() {
    return liveBytes;
  }

  private static int units(int length) {
    return (1 + length + UNIT - 1) / UNIT;
  }

  /** Keeps a name; returns its address, or -1 where there is no memory for it. */
  int add(byte[] name, int start, int length) {
    int units = units(length);
    int segment = withRoom[units];
    if (segment == NONE) {
      segment = open(units);
      if (segment == NONE) {
        return NONE;
      }
    }
    ByteBuffer buffer = segments[segment];
    int unit;
    if (freeCell[segment] != NONE) {
      unit = freeCell[segment];
      freeCell[segment] = buffer.getInt(unit * UNIT);
    } else {
      unit = fresh[segment];
      fresh[segment] += units;
    }
    live[segment]++;
    liveBytes += (long) units * UNIT;
    if (!hasRoom(segment)) {
      leave(segment, units);
    }
    buffer.put(unit * UNIT, (byte) length);
    buffer.put(unit * UNIT + 1, name, start, length);
    return segment << UNIT_BITS | unit;
  }

  private boolean hasRoom(int segment) {
    return freeCell[segment] != NONE || fresh[segment] + cellUnits[segment] <= UNITS;
  }

  /** A segment for cells of this size, at the head of its list. */
  private int open(int units) {
    int segment = emptySegments;
    if (segment != NONE) {
      emptySegments = next[segment];
    } else {
      if (segmentCount == segments.length) {
        return NONE;
      }
      ByteBuffer buffer = memory.segment(SEGMENT);
      if (buffer == null) {
        return NONE;
      }
      segment = segmentCount++;
      segments[segment] = buffer;
    }
    cellUnits[segment] = (byte) units;
    freeCell[segment] = NONE;
    fresh[segment] = 0;
    live[segment] = 0;
    enter(segment, units);
    return segment;
  }

  private void enter(int segment, int units) {
    next[segment] = withRoom[units];
    previous[segment] = NONE;
    if (next[segment] != NONE) {
      previous[next[segment]] = segment;
    }
    withRoom[units] = segment;
  }

  private void leave(int segment, int units) {
    if (previous[segment] == NONE) {
      withRoom[units] = next[segment];
    } else {
      next[previous[segment]] = next[segment];
    }
    if (next[segment] != NONE) {
      previous[next[segment]] = previous[segment];
    }
  }

  /** Lets go of a name. */
  void remove(int address) {
    int segment = address >>> UNIT_BITS;
    int unit = address & UNITS - 1;
    int units = cellUnits[segment];
    boolean hadRoom = hasRoom(segment);
    segments[segment].putInt(unit * UNIT, freeCell[segment]);
    freeCell[segment] = unit;
    liveBytes -= (long) units * UNIT;
    if (--live[segment] == 0) {
      if (hadRoom) {
        leave(segment, units);
      }
      cellUnits[segment] = 0;
      next[segment] = emptySegments;
      emptySegments = segment;
    } else if (!hadRoom) {
      enter(segment, units);
    }
  }

  /** Whether the name there is this one. */
  boolean is(int address, byte[] name, int start, int length) {
    ByteBuffer buffer = segments[address >>> UNIT_BITS];
    int at = (address & UNITS - 1) * UNIT;
    // A cell that is being replaced may hold any length: bounds are those of the segment.
    if ((buffer.get(at) & 0xff) != length || at + 1 + length > SEGMENT) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (buffer.get(at + 1 + i) != name[start + i]) {
        return false;
      }
    }
    return true;
  }

  int length(int address) {
    return segments[address >>> UNIT_BITS].get((address & UNITS - 1) * UNIT) & 0xff;
  }

  /** Copies the first bytes of a name. */
  void copy(int address, int length, byte[] to, int start) {
    int at = (address & UNITS - 1) * UNIT + 1;
    segments[address >>> UNIT_BITS].get(at, to, start, Math.min(length, SEGMENT - at));
  }
}
