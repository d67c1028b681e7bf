// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.nodes;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Rows of 48 bytes off the heap, one a node, by number.
 *
 * <pre>
 *    0 references 8   lookups that the kernel has not given back << 24 | open handles; -1: free
 *    8 version    8
 *   16 generation 4   upper half of the node's id; another one each time that the row is used
 *   20 parent     4   row of the directory
 *   24 chain      4   next row of the same hash; of a free row, the next free one
 *   28 name       4   address of the name
 *   32 next       4   siblings
 *   36 previous   4
 *   40 child      4   first one
 *   44 state      4   when the kernel last got it << 4 | superseded << 3 | type
 * </pre>
 *
 * <p>A row never moves and is never anything but a row, so a thread that reads one that was freed
 * and used again meanwhile sees another node, and finds that out by its generation.
 */
final class NodeRows {
  static final int ROW = 48;
  static final long FREE = -1;

  private static final int SEGMENT_BITS = 11;
  private static final int SEGMENT_ROWS = 1 << SEGMENT_BITS;

  /** Bytes of a segment. */
  static final int SEGMENT = SEGMENT_ROWS * ROW;

  private static final VarHandle LONGS =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());
  private static final VarHandle INTS =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

  private static final int REFERENCES = 0;
  private static final int VERSION = 8;
  private static final int GENERATION = 16;
  private static final int PARENT = 20;
  private static final int CHAIN = 24;
  private static final int NAME = 28;
  private static final int NEXT = 32;
  private static final int PREVIOUS = 36;
  private static final int CHILD = 40;
  private static final int STATE = 44;

  private final NodeMemory memory;
  private final ByteBuffer[] segments;
  private volatile int end;

  NodeRows(NodeMemory memory) {
    this.memory = memory;
    segments =
        new ByteBuffer[(int) Math.min(1 << (31 - SEGMENT_BITS), memory.limit() / SEGMENT + 1)];
  }

  /** Behind the last row that was ever used. */
  int end() {
    return end;
  }

  /** A row that was never used, or -1. Under the table's lock. */
  int grow() {
    int row = end;
    int segment = row >>> SEGMENT_BITS;
    if (segment == segments.length) {
      return -1;
    }
    if (segments[segment] == null) {
      ByteBuffer fresh = memory.segment(SEGMENT);
      if (fresh == null) {
        return -1;
      }
      segments[segment] = fresh;
    }
    setReferences(row, FREE);
    end = row + 1;
    return row;
  }

  private ByteBuffer at(int row) {
    return segments[row >>> SEGMENT_BITS];
  }

  private static int offset(int row) {
    return (row & SEGMENT_ROWS - 1) * ROW;
  }

  long references(int row) {
    return (long) LONGS.getVolatile(at(row), offset(row) + REFERENCES);
  }

  boolean casReferences(int row, long expected, long wanted) {
    return LONGS.compareAndSet(at(row), offset(row) + REFERENCES, expected, wanted);
  }

  /** Also shows the other fields that were set before. */
  void setReferences(int row, long value) {
    LONGS.setVolatile(at(row), offset(row) + REFERENCES, value);
  }

  long version(int row) {
    return (long) LONGS.getOpaque(at(row), offset(row) + VERSION);
  }

  void setVersion(int row, long value) {
    LONGS.setOpaque(at(row), offset(row) + VERSION, value);
  }

  int generation(int row) {
    return get(row, GENERATION);
  }

  void setGeneration(int row, int value) {
    set(row, GENERATION, value);
  }

  int parent(int row) {
    return get(row, PARENT);
  }

  void setParent(int row, int value) {
    set(row, PARENT, value);
  }

  int chain(int row) {
    return get(row, CHAIN);
  }

  void setChain(int row, int value) {
    set(row, CHAIN, value);
  }

  int name(int row) {
    return get(row, NAME);
  }

  void setName(int row, int value) {
    set(row, NAME, value);
  }

  int next(int row) {
    return get(row, NEXT);
  }

  void setNext(int row, int value) {
    set(row, NEXT, value);
  }

  int previous(int row) {
    return get(row, PREVIOUS);
  }

  void setPrevious(int row, int value) {
    set(row, PREVIOUS, value);
  }

  int child(int row) {
    return get(row, CHILD);
  }

  void setChild(int row, int value) {
    set(row, CHILD, value);
  }

  int state(int row) {
    return get(row, STATE);
  }

  void setState(int row, int value) {
    set(row, STATE, value);
  }

  boolean casState(int row, int expected, int wanted) {
    return INTS.compareAndSet(at(row), offset(row) + STATE, expected, wanted);
  }

  private int get(int row, int field) {
    return (int) INTS.getAcquire(at(row), offset(row) + field);
  }

  private void set(int row, int field, int value) {
    INTS.setRelease(at(row), offset(row) + field, value);
  }
}
