// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.nodes;

import io.railfs.protocol.EntryType;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What the kernel knows of the tree: a node for each name and version that it got. Thread-safe;
 * whatever finds a node that is there takes no lock and makes no object.
 *
 * <p>An id is a row's number and a generation, so that an id that was forgotten never comes to mean
 * another node. Of all nodes of one name the newest is current; the others are superseded, and live
 * on for those that hold them. A name whose content returns to an earlier version gets that
 * version's node again.
 *
 * <pre>
 *                           another version is sent
 *   acquire -> current  --------------------------------> superseded
 *                 |      <------------------------------      |
 *                 |          this version is sent again       |
 *                 +-- no lookups, handles, children left -----+--> free (by sweep)
 * </pre>
 *
 * <p>Nodes that the kernel has forgotten are kept for a while, for file handles (NFS) may ask for
 * them. Rows change their places in chains and families under one lock; counts are changed by
 * compare-and-set, and a row is free only when a compare-and-set has found its count to be zero.
 */
public final class NodeTable {
  /** The id of the root, which the kernel has without asking (FUSE_ROOT_ID). */
  public static final long ROOT = 1;

  /** What there is instead of an id where there is none. */
  public static final long NONE = 0;

  private static final VarHandle BUCKETS =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

  private static final int FORMAT = 1;
  private static final long LOOKUP = 1L << 24;
  private static final long HANDLES = LOOKUP - 1;

  /** A count of lookups that has come so far stays, and its node with it. */
  private static final long MAX_LOOKUPS = 1L << 38;

  private static final int TYPE = 7;
  private static final int SUPERSEDED = 8;
  private static final int SENT_SHIFT = 4;

  /** A walk along a chain that others change may go astray; this far, then under the lock. */
  private static final int MAX_STEPS = 1000;

  /** Bytes of a node with a name of common length, 16 to 23 bytes. */
  public static final int COMMON_BYTES = NodeRows.ROW + 24 + Integer.BYTES;

  private static final int SWEEP_STEP = 4096;

  /** Deeper than any tree; a walk up from a node that goes meanwhile ends here. */
  private static final int MAX_DEPTH = 1 << 20;

  private final NodeMemory memory;
  private final NodeRows rows;
  private final NameArena names;
  private final ByteBuffer buckets;
  private final int bucketMask;
  private final long capacity;
  private final ReentrantLock lock = new ReentrantLock();
  private final AtomicLong forgotten = new AtomicLong();
  private final AtomicLong supersessions = new AtomicLong();
  private int freeRows;
  private int generation;
  private int sweepHand = 2;
  private int coldHand = 2;
  private final AtomicLong live = new AtomicLong();
  private final AtomicLong liveBytes = new AtomicLong();

  /** Somebody found no room: for names of one length, perhaps, while others have plenty. */
  private volatile boolean starved;

  private final byte[] freedName = new byte[255];

  /**
   * @param limit bytes off the heap that it may take
   */
  public NodeTable(long limit) {
    this.memory = new NodeMemory(limit);
    int wanted = (int) Math.max(1024, Math.min(1 << 29, limit / COMMON_BYTES));
    int count = Integer.highestOneBit(wanted);
    this.bucketMask = count - 1;
    this.buckets = memory.segment(count * Integer.BYTES);
    this.rows = new NodeRows(memory);
    this.names = new NameArena(memory);
    this.capacity = limit - (long) count * Integer.BYTES;
    if (buckets == null || rows.grow() != 0 || rows.grow() != 1) {
      throw new IllegalArgumentException("a node table needs more than " + limit + " bytes");
    }
    setRoot();
  }

  private void setRoot() {
    rows.setState(1, EntryType.DIRECTORY.number());
    rows.setReferences(1, LOOKUP);
    live.set(1);
  }

  private static int row(long id) {
    return (int) id;
  }

  private long id(int row) {
    return (long) rows.generation(row) << 32 | row;
  }

  /** Whether the id stands for a node. */
  public boolean isKnown(long id) {
    int row = row(id);
    return row > 0
        && row < rows.end()
        && rows.generation(row) == (int) (id >>> 32)
        && rows.references(row) != NodeRows.FREE;
  }

  private int known(long id) {
    if (!isKnown(id)) {
      throw new IllegalArgumentException("node " + id + " is not known");
    }
    return row(id);
  }

  /**
   * Counts a lookup of a name of which this version was found; the name's other versions are
   * superseded from now on.
   *
   * @param parent id of the directory, known
   * @param name holds the name, 1 to 255 bytes
   * @return the node's id, or {@link #NONE} where the table is full
   */
  public long acquire(
      long parent, byte[] name, int start, int length, EntryType type, long version) {
    int parentRow = known(parent);
    int bucket = bucket(parent, name, start, length);
    long id = find(bucket, parentRow, name, start, length);
    if (id != NONE && count(row(id), LOOKUP, id) >= 0) {
      // Only now the row stays what it is.
      int row = row(id);
      if (rows.version(row) == version
          && rows.parent(row) == parentRow
          && names.is(rows.name(row), name, start, length)) {
        touch(row);
        return id;
      }
      uncount(row, LOOKUP);
    }
    lock.lock();
    try {
      return acquireLocked(bucket, parentRow, name, start, length, type, version);
    } finally {
      lock.unlock();
    }
  }

  /** Adds to a node's references; what they were before, or -1 where the row is not this node. */
  private long count(int row, long amount, long id) {
    long before = rows.references(row);
    while (before >= 0) {
      boolean stays = amount == LOOKUP && before >>> 24 >= MAX_LOOKUPS;
      if (stays || rows.casReferences(row, before, before + amount)) {
        if (before == 0) {
          forgotten.decrementAndGet();
        }
        if (id(row) == id) {
          return before;
        }
        uncount(row, stays ? 0 : amount);
        return -1;
      }
      before = rows.references(row);
    }
    return -1;
  }

  private void uncount(int row, long amount) {
    long before = rows.references(row);
    while (before >= amount && amount > 0) {
      if (rows.casReferences(row, before, before - amount)) {
        if (before == amount) {
          forgotten.incrementAndGet();
        }
        return;
      }
      before = rows.references(row);
    }
  }

  private void touch(int row) {
    int state = rows.state(row);
    int now = now() << SENT_SHIFT | (state & ((1 << SENT_SHIFT) - 1));
    if (now != state) {
      // Where another thread was faster, it sent as much.
      rows.casState(row, state, now);
    }
  }

  /** Tenths of a second, in 28 bits. */
  private static int now() {
    return (int) (System.nanoTime() / 100_000_000L) & 0xfffffff;
  }

  /** The current node of a name as far as can be seen without the lock, or {@link #NONE}. */
  private long find(int bucket, int parentRow, byte[] name, int start, int length) {
    int row = bucketHead(bucket);
    for (int steps = 0; row > 0 && row < rows.end() && steps < MAX_STEPS; steps++) {
      long id = id(row);
      if (rows.parent(row) == parentRow
          && (rows.state(row) & SUPERSEDED) == 0
          && rows.references(row) != NodeRows.FREE
          && names.is(rows.name(row), name, start, length)) {
        return id;
      }
      row = rows.chain(row);
    }
    return NONE;
  }

  private long acquireLocked(
      int bucket, int parentRow, byte[] name, int start, int length, EntryType type, long version) {
    int current = 0;
    int same = 0;
    for (int row = bucketHead(bucket); row > 0; row = rows.chain(row)) {
      if (rows.parent(row) == parentRow && names.is(rows.name(row), name, start, length)) {
        current = (rows.state(row) & SUPERSEDED) == 0 ? row : current;
        same = rows.version(row) == version ? row : same;
      }
    }
    if (same == 0) {
      same = insert(bucket, parentRow, name, start, length, type, version);
      if (same == 0) {
        return NONE;
      }
    } else {
      count(same, LOOKUP, id(same));
    }
    if (current != 0 && current != same) {
      setSuperseded(current, true);
    }
    setSuperseded(same, false);
    touch(same);
    return id(same);
  }

  private void setSuperseded(int row, boolean on) {
    int before = rows.state(row);
    int after = on ? before | SUPERSEDED : before & ~SUPERSEDED;
    while (before != after && !rows.casState(row, before, after)) {
      before = rows.state(row);
      after = on ? before | SUPERSEDED : before & ~SUPERSEDED;
    }
    if (on && before != after) {
      supersessions.incrementAndGet();
    }
  }

  private int insert(
      int bucket, int parentRow, byte[] name, int start, int length, EntryType type, long version) {
    int address = names.add(name, start, length);
    int row = address < 0 ? -1 : takeRow();
    if (row < 0) {
      if (address >= 0) {
        names.remove(address);
      }
      if (sweepAll()) {
        return insert(bucket, parentRow, name, start, length, type, version);
      }
      starved = true;
      return 0;
    }
    // Readers compare generations first and last.
    rows.setGeneration(row, ++generation);
    rows.setVersion(row, version);
    rows.setParent(row, parentRow);
    rows.setName(row, address);
    rows.setChild(row, 0);
    rows.setState(row, number(type));
    enterFamily(row, parentRow);
    rows.setChain(row, bucketHead(bucket));
    rows.setReferences(row, LOOKUP);
    setBucketHead(bucket, row);
    counted(live.incrementAndGet());
    return row;
  }

  private void counted(long nodes) {
    liveBytes.set(nodes * NodeRows.ROW + names.liveBytes());
  }

  private int takeRow() {
    int row = freeRows;
    if (row == 0) {
      return rows.grow();
    }
    freeRows = rows.chain(row);
    return row;
  }

  private static int number(EntryType type) {
    // An unknown type of a newer worker has no number.
    return type == EntryType.UNRECOGNIZED ? TYPE : type.number();
  }

  private void enterFamily(int row, int parentRow) {
    int first = rows.child(parentRow);
    rows.setNext(row, first);
    rows.setPrevious(row, 0);
    if (first != 0) {
      rows.setPrevious(first, row);
    }
    rows.setChild(parentRow, row);
  }

  private void leaveFamily(int row) {
    int before = rows.previous(row);
    int after = rows.next(row);
    if (before == 0) {
      rows.setChild(rows.parent(row), after);
    } else {
      rows.setNext(before, after);
    }
    if (after != 0) {
      rows.setPrevious(after, before);
    }
  }

  /** Counts another lookup of a node; false where it is not known. */
  public boolean acquire(long id) {
    return isKnown(id) && count(row(id), LOOKUP, id) >= 0;
  }

  /** Whether the kernel has the node from a lookup. */
  public boolean isTold(long id) {
    return isKnown(id) && rows.references(row(id)) >= LOOKUP;
  }

  /** The kernel gives back so many lookups of a node; of an unknown one, that means nothing. */
  public void forget(long id, long lookups) {
    if (id == ROOT || !isKnown(id)) {
      return;
    }
    int row = row(id);
    long before = rows.references(row);
    while (before >= 0 && before >>> 24 < MAX_LOOKUPS) {
      long left = Math.max(0, (before >>> 24) - lookups);
      long after = left << 24 | (before & HANDLES);
      if (before == after || rows.casReferences(row, before, after)) {
        if (before != 0 && after == 0) {
          forgotten.incrementAndGet();
        }
        return;
      }
      before = rows.references(row);
    }
  }

  /**
   * Counts an open handle, which holds the node like a lookup.
   *
   * @return handles that were open before, or -1 where the node is not known
   */
  public int open(long id) {
    long before = isKnown(id) ? count(row(id), 1, id) : -1;
    return before < 0 ? -1 : (int) (before & HANDLES);
  }

  /** A handle that {@link #open} counted is closed. */
  public void close(long id) {
    uncount(row(id), 1);
  }

  /** Handles that are open now. */
  public int handles(long id) {
    return isKnown(id) ? (int) (rows.references(row(id)) & HANDLES) : 0;
  }

  /** Whether the name of a known node stands for another version, or for nothing, by now. */
  public boolean isSuperseded(long id) {
    return !isKnown(id) || (rows.state(row(id)) & SUPERSEDED) != 0;
  }

  /** How often a node was superseded until now. */
  public long supersessions() {
    return supersessions.get();
  }

  /**
   * The name stands for another version, or for nothing, from now on; false where it did before.
   */
  public boolean supersede(long id) {
    if (id == ROOT || isSuperseded(id)) {
      return false;
    }
    lock.lock();
    try {
      if (isSuperseded(id)) {
        return false;
      }
      setSuperseded(row(id), true);
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** The name of a known node stands for none of the versions that have a node, from now on. */
  public void supersedeName(long id) {
    lock.lock();
    try {
      if (id == ROOT || !isKnown(id)) {
        return;
      }
      int own = row(id);
      int parentRow = rows.parent(own);
      byte[] name = new byte[255];
      int length = name(id, name);
      int bucket = bucket(id(parentRow), name, 0, length);
      for (int row = bucketHead(bucket); row > 0; row = rows.chain(row)) {
        if (rows.parent(row) == parentRow && names.is(rows.name(row), name, 0, length)) {
          setSuperseded(row, true);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** The current node of a name, not counted, or {@link #NONE}. */
  public long find(long parent, byte[] name, int start, int length) {
    if (!isKnown(parent)) {
      return NONE;
    }
    return find(bucket(parent, name, start, length), row(parent), name, start, length);
  }

  public EntryType type(long id) {
    return EntryType.ofNumber(rows.state(row(id)) & TYPE);
  }

  public long version(long id) {
    return rows.version(row(id));
  }

  /** The node of the directory; the root is its own. */
  public long parent(long id) {
    return id == ROOT ? ROOT : id(rows.parent(row(id)));
  }

  /**
   * Copies a node's name.
   *
   * @param to of at least 255 bytes
   * @return its length, 0 for the root, -1 where the node is not known any more
   */
  public int name(long id, byte[] to) {
    if (id == ROOT) {
      return 0;
    }
    if (!isKnown(id)) {
      return -1;
    }
    int address = rows.name(row(id));
    int length = names.length(address);
    names.copy(address, length, to, 0);
    return isKnown(id) ? length : -1;
  }

  /**
   * Writes a node's path to the end of an array.
   *
   * @return where it begins, or -1 where it is longer than the array or not known any more
   */
  public int path(long id, byte[] to) {
    int at = to.length;
    if (!isKnown(id)) {
      return -1;
    }
    int row = row(id);
    while (row != 1) {
      if (row <= 0) {
        return -1;
      }
      int address = rows.name(row);
      int length = names.length(address);
      at -= length + 1;
      if (at < 0) {
        return -1;
      }
      names.copy(address, length, to, at + 1);
      to[at] = '/';
      row = rows.parent(row);
    }
    if (at == to.length) {
      to[--at] = '/';
    }
    return isKnown(id) ? at : -1;
  }

  /** Whether a node is below another one, at any depth. */
  public boolean isBelow(long id, long top) {
    int topRow = row(top);
    int row = row(id);
    for (int steps = 0; row > 1 && steps < MAX_DEPTH; steps++) {
      row = rows.parent(row);
      if (row == topRow) {
        return true;
      }
    }
    return false;
  }

  /**
   * The next children of a directory, newest first, so that all can be walked in steps.
   *
   * @param after the last one of the step before, whose handle count {@link #open} holds for the
   *     walk; {@link #NONE} to begin
   * @return how many ids were stored
   */
  public int children(long directory, long after, long[] ids) {
    lock.lock();
    try {
      if (!isKnown(directory)) {
        return 0;
      }
      int row = after == NONE ? rows.child(row(directory)) : rows.next(row(after));
      int count = 0;
      while (row != 0 && count < ids.length) {
        ids[count++] = id(row);
        row = rows.next(row);
      }
      return count;
    } finally {
      lock.unlock();
    }
  }

  /**
   * The nodes from a row on, as far as they fit, whatever their place in the tree.
   *
   * @param from 1 to begin, then what the call before returned
   * @param ids takes them; the rest is {@link #NONE}
   * @return where to go on, or 0 at the end
   */
  public int scan(int from, long[] ids) {
    int count = 0;
    int row = Math.max(2, from);
    int end = rows.end();
    while (row < end && count < ids.length) {
      if (rows.references(row) != NodeRows.FREE) {
        ids[count++] = id(row);
      }
      row++;
    }
    Arrays.fill(ids, count, ids.length, NONE);
    return row < end ? row : 0;
  }

  /**
   * Names that the kernel may be asked to forget: not in use by a handle or a child, sent least
   * recently, about.
   *
   * @param untouchedMillis since when they were not sent
   * @param directories whether directories too, whose being somebody's working directory is not
   *     known
   * @return how many ids were stored
   */
  public int cold(long[] ids, long untouchedMillis, boolean directories) {
    int now = now();
    int count = 0;
    int end = rows.end();
    for (int looked = 2; looked < end && count < ids.length; looked++) {
      coldHand = coldHand + 1 < end ? coldHand + 1 : 2;
      int row = coldHand;
      long references = rows.references(row);
      int state = rows.state(row);
      int sent = state >>> SENT_SHIFT;
      boolean isDirectory = (state & TYPE) == EntryType.DIRECTORY.number();
      if (references >= LOOKUP
          && (references & HANDLES) == 0
          && rows.child(row) == 0
          && (directories || !isDirectory)
          && ((now - sent) & 0xfffffff) >= untouchedMillis / 100) {
        ids[count++] = id(row);
      }
    }
    return count;
  }

  /** Frees nodes that the kernel has forgotten, down to so many that are kept. */
  public void sweep(long keep) {
    int looked = 0;
    while (forgotten.get() > keep && looked < rows.end()) {
      lock.lock();
      try {
        int end = rows.end();
        for (int i = 0; i < SWEEP_STEP && forgotten.get() > keep; i++) {
          sweepHand = sweepHand + 1 < end ? sweepHand + 1 : 2;
          tryFree(sweepHand);
        }
      } finally {
        lock.unlock();
      }
      looked += SWEEP_STEP;
    }
  }

  /** Frees all that is forgotten; whether that was any. Under the lock. */
  private boolean sweepAll() {
    long before = live.get();
    for (int row = 2; row < rows.end() && forgotten.get() > 0; row++) {
      tryFree(row);
    }
    return live.get() < before;
  }

  private void tryFree(int row) {
    if (row < 2
        || row >= rows.end()
        || rows.references(row) != 0
        || rows.child(row) != 0
        || !rows.casReferences(row, 0, NodeRows.FREE)) {
      return;
    }
    forgotten.decrementAndGet();
    int length = names.length(rows.name(row));
    names.copy(rows.name(row), length, freedName, 0);
    leaveChain(bucket(id(rows.parent(row)), freedName, 0, length), row);
    leaveFamily(row);
    names.remove(rows.name(row));
    rows.setChain(row, freeRows);
    freeRows = row;
    counted(live.decrementAndGet());
  }

  private void leaveChain(int bucket, int row) {
    int before = bucketHead(bucket);
    if (before == row) {
      setBucketHead(bucket, rows.chain(row));
      return;
    }
    while (rows.chain(before) != row) {
      before = rows.chain(before);
    }
    rows.setChain(before, rows.chain(row));
  }

  /** Whether somebody has found no room since this was asked before. */
  public boolean takeStarved() {
    boolean was = starved;
    starved = false;
    return was;
  }

  /** Has {@link #cold} pass a node over for a while. */
  public void touch(long id) {
    if (isKnown(id)) {
      touch(row(id));
    }
  }

  /** Nodes in the table, the root and forgotten ones included. */
  public long size() {
    return live.get();
  }

  /** Nodes that neither the kernel nor a handle holds. */
  public long forgotten() {
    return forgotten.get();
  }

  /** Bytes of rows and names in use. */
  public long usedBytes() {
    return liveBytes.get();
  }

  /** Bytes of rows and names that there may be. */
  public long capacityBytes() {
    return capacity;
  }

  private int bucketHead(int bucket) {
    return (int) BUCKETS.getAcquire(buckets, bucket * Integer.BYTES);
  }

  private void setBucketHead(int bucket, int row) {
    BUCKETS.setRelease(buckets, bucket * Integer.BYTES, row);
  }

  /** Names in directories: FNV-1a over both, then the finalizer of MurmurHash3. */
  private int bucket(long parent, byte[] name, int start, int length) {
    long hash = (parent ^ parent >>> 32) * 0x9e3779b97f4a7c15L;
    for (int i = start; i < start + length; i++) {
      hash = (hash ^ name[i]) * 0x100000001b3L;
    }
    hash = (hash ^ hash >>> 33) * 0xff51afd7ed558ccdL;
    hash = (hash ^ hash >>> 33) * 0xc4ceb9fe1a85ec53L;
    return (int) (hash ^ hash >>> 33) & bucketMask;
  }

  /**
   * Writes the table down. No request may be in work meanwhile. Open handles are not in it: who
   * restores them calls {@link #open} again.
   */
  public void write(DataOutput out) throws IOException {
    lock.lock();
    try {
      out.writeInt(FORMAT);
      out.writeInt(generation);
      out.writeLong(live.get() - 1);
      byte[] name = new byte[255];
      for (int row = 2; row < rows.end(); row++) {
        long references = rows.references(row);
        if (references != NodeRows.FREE) {
          int length = names.length(rows.name(row));
          names.copy(rows.name(row), length, name, 0);
          out.writeInt(row);
          out.writeInt(rows.generation(row));
          out.writeInt(rows.parent(row));
          out.writeLong(references & ~HANDLES);
          out.writeLong(rows.version(row));
          out.writeByte(rows.state(row) & (TYPE | SUPERSEDED));
          out.writeByte(length);
          out.write(name, 0, length);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Reads back what {@link #write} wrote, into a table that is new.
   *
   * @throws IOException where it is of another format, damaged or too large for this table
   */
  public void read(DataInput in) throws IOException {
    lock.lock();
    try {
      int format = in.readInt();
      if (format != FORMAT) {
        throw new IOException(
            "a node table of format " + format + "; this release reads " + FORMAT);
      }
      if (rows.end() > 2) {
        throw new IllegalStateException("the table is in use");
      }
      generation = in.readInt();
      long count = in.readLong();
      byte[] name = new byte[255];
      for (long i = 0; i < count; i++) {
        readRow(in, name);
      }
      linkAll();
    } finally {
      lock.unlock();
    }
  }

  private void readRow(DataInput in, byte[] name) throws IOException {
    int row = in.readInt();
    while (rows.end() <= row) {
      int fresh = rows.grow();
      if (fresh < 0) {
        throw new IOException("the node table does not fit into its memory");
      }
    }
    rows.setGeneration(row, in.readInt());
    rows.setParent(row, in.readInt());
    long references = in.readLong();
    rows.setVersion(row, in.readLong());
    rows.setState(row, in.readUnsignedByte());
    int length = in.readUnsignedByte();
    in.readFully(name, 0, length);
    int address = names.add(name, 0, length);
    if (address < 0) {
      throw new IOException("the node table does not fit into its memory");
    }
    rows.setName(row, address);
    rows.setChild(row, 0);
    rows.setReferences(row, references);
    live.incrementAndGet();
  }

  private void linkAll() throws IOException {
    byte[] name = new byte[255];
    for (int row = 2; row < rows.end(); row++) {
      long references = rows.references(row);
      if (references == NodeRows.FREE) {
        rows.setChain(row, freeRows);
        freeRows = row;
        continue;
      }
      int parent = rows.parent(row);
      if (parent < 1 || parent >= rows.end() || rows.references(parent) == NodeRows.FREE) {
        throw new IOException("the node table is damaged: a node has no directory");
      }
      if (references == 0) {
        forgotten.incrementAndGet();
      }
      int length = names.length(rows.name(row));
      names.copy(rows.name(row), length, name, 0);
      enterFamily(row, parent);
      int bucket = bucket(id(parent), name, 0, length);
      rows.setChain(row, bucketHead(bucket));
      setBucketHead(bucket, row);
    }
    counted(live.get());
  }
}
