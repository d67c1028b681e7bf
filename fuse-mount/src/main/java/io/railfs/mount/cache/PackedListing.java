// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.cache;

import com.google.protobuf.ByteString;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.RailPath;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The entries of a directory in the order in which they were listed, without "." and "..".
 * Thread-safe.
 *
 * <p>It is filled while it is read: an entry's number never changes, and none goes away. A name
 * that comes again (a listing that broke off is begun again) is the same entry, as it first came.
 *
 * <pre>
 *   filling --complete()--> complete: lookups take no lock
 *      \------fail()------> failed: what came is there, and the cause after it
 * </pre>
 *
 * <p>Its memory is counted while it is held: by the thread that fills it, the cache, each open
 * handle. The count is of memory only; one that was let go of may still be read.
 */
public final class PackedListing {
  private static final ByteString DOT = ByteString.copyFromUtf8(".");
  private static final ByteString DOT_DOT = ByteString.copyFromUtf8("..");

  /** Entries between two whose positions are kept. */
  private static final int STEP = 16;

  /** New entries are shown by so many, so that a waiting reader finds more than one. */
  private static final int SHOWN_BY = 256;

  /** What an empty one takes, with its place in the cache. */
  private static final int BASE_BYTES = 600;

  private static final AtomicInteger SERIALS = new AtomicInteger();

  private final ListingMemory memory;
  private final boolean isLimited;
  private final AtomicInteger holders = new AtomicInteger(1);
  private final PackedEntries entries = new PackedEntries();
  private final NameTable names = new NameTable(entries);
  private final long createdNanos = System.nanoTime();
  private volatile long begunNanos = createdNanos;
  private volatile long tookNanos;

  /** Position of every entry whose number is a multiple of STEP. */
  private int[] marks = new int[4];

  private int count;
  private int shown;
  private long charged;
  private volatile Exception failure;
  private volatile boolean complete;
  private volatile boolean forgotten;
  private final int serial = SERIALS.incrementAndGet() & Integer.MAX_VALUE;

  /** Reads entries one after the other. */
  public interface Reader {
    /**
     * Takes an entry.
     *
     * @param bytes hold its name, valid during the call
     * @param start where the name begins
     * @param length bytes of the name
     * @param entry what is known of it, valid during the call
     * @return false where the reader takes no more, not even this one
     */
    boolean entry(byte[] bytes, int start, int length, Entry entry);
  }

  /**
   * An empty one, held by its filler.
   *
   * @param isLimited whether its filler gives up where the directory has too many entries
   */
  PackedListing(ListingMemory memory, boolean isLimited) {
    this.memory = memory;
    this.isLimited = isLimited;
  }

  /** Counts another holder; false where the last one has gone. */
  public boolean tryRetain() {
    int before = holders.get();
    while (before > 0) {
      if (holders.compareAndSet(before, before + 1)) {
        return true;
      }
      before = holders.get();
    }
    return false;
  }

  /** A holder has gone. */
  public void release() {
    if (holders.decrementAndGet() == 0) {
      synchronized (this) {
        memory.give(charged);
        charged = 0;
      }
    }
  }

  /** Whether nobody but the cache holds it. */
  boolean isHeldOnce() {
    return holders.get() == 1;
  }

  /**
   * By the filler: takes an entry. A name that no path can have is left out.
   *
   * @throws CacheFullException where there is no memory for it
   */
  public synchronized void add(ByteString name, Attributes attributes) throws CacheFullException {
    if (failure != null || !isName(name) || names.contains(name)) {
      return;
    }
    int position = entries.add(name, attributes);
    if (position < 0 || !charge()) {
      throw new CacheFullException(
          "the directory has too many entries: "
              + count
              + " fit into "
              + (memory.limit() >> 20)
              + " MiB for listings, beside the ones in use; raise railfs.mount.memory-limit");
    }
    names.add(position);
    if (count % STEP == 0) {
      if (count / STEP == marks.length) {
        marks = Arrays.copyOf(marks, 2 * marks.length);
      }
      marks[count / STEP] = position;
    }
    count++;
    if (count % SHOWN_BY == 0) {
      shown = count;
      notifyAll();
    }
  }

  private static boolean isName(ByteString name) {
    if (name.isEmpty() || name.size() > RailPath.MAX_NAME_LENGTH) {
      return false;
    }
    if (name.equals(DOT) || name.equals(DOT_DOT)) {
      return false;
    }
    for (int i = 0; i < name.size(); i++) {
      if (name.byteAt(i) == '/' || name.byteAt(i) == 0) {
        return false;
      }
    }
    return true;
  }

  private boolean charge() {
    long bytes = BASE_BYTES + entries.bytes() + names.bytes() + 4L * marks.length;
    if (bytes > charged) {
      if (!memory.take(bytes - charged)) {
        return false;
      }
      charged = bytes;
    }
    return true;
  }

  /** By the filler: there are no more. */
  public synchronized void complete() {
    shown = count;
    tookNanos = Math.max(tookNanos, System.nanoTime() - createdNanos);
    complete = true;
    notifyAll();
  }

  /** By the filler: there will be no more, though there should. */
  public synchronized void fail(Exception cause) {
    shown = count;
    failure = cause;
    notifyAll();
  }

  /** Why there will be no more though there should; null where nothing is wrong. */
  public Exception failure() {
    return failure;
  }

  /** Another number for each listing of this process, from 0 up. */
  public int serial() {
    return serial;
  }

  /** Whether it may still end before its directory does. */
  boolean mayBeCut() {
    return isLimited && !complete;
  }

  /** It left the cache: those that hold it must not answer from it any more. */
  void forget() {
    forgotten = true;
  }

  boolean isForgotten() {
    return forgotten;
  }

  /**
   * By the filler, before what it adds: a worker remembered it, and had begun it so long before it
   * was asked.
   */
  public synchronized void aged(long nanos) {
    begunNanos = Math.min(begunNanos - createdNanos, -nanos) + createdNanos;
  }

  /** By the filler, before it is complete: how long the UFS took. */
  public void took(long nanos) {
    tookNanos = nanos;
  }

  /** How long it took the UFS, or to come here. */
  long tookNanos() {
    return tookNanos;
  }

  /** When it was begun, by the worker that sent it; a {@link System#nanoTime}. */
  long begunNanos() {
    return begunNanos;
  }

  /** How long ago it was begun. */
  long ageNanos() {
    return System.nanoTime() - begunNanos;
  }

  /** Whether more of it is to come. */
  boolean isOnItsWay() {
    return !complete && failure == null;
  }

  /** Whether all entries are there. */
  public boolean isComplete() {
    return complete;
  }

  /** Entries that can be read now. */
  public int size() {
    if (complete) {
      return count;
    }
    synchronized (this) {
      return shown;
    }
  }

  /**
   * Waits until the entry of this number is there or will not be.
   *
   * @param deadlineNanos the {@link System#nanoTime} until which to wait
   * @return whether it is there; where it is not and the listing is not complete, {@link #failure}
   *     says why, or it did not come in time
   */
  public boolean await(int index, long deadlineNanos) throws InterruptedException {
    if (complete) {
      return index < count;
    }
    synchronized (this) {
      while (index >= shown && !complete && failure == null) {
        long left = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
        if (left <= 0) {
          return false;
        }
        wait(left);
      }
      return index < shown;
    }
  }

  /** Shows the entries from this number on, as many as are there and the reader takes. */
  public void read(int from, Reader reader) {
    read(from, new Entry(), reader);
  }

  /**
   * As {@link #read(int, Reader)}.
   *
   * @param entry of the calling thread, used for each entry that is shown
   */
  public void read(int from, Entry entry, Reader reader) {
    if (complete) {
      readNow(from, count, entry, reader);
    } else {
      synchronized (this) {
        readNow(from, shown, entry, reader);
      }
    }
  }

  /** The name of an entry that is there, with one char for each byte. */
  public String nameLatin1(int index) {
    String[] name = new String[1];
    read(
        index,
        (bytes, start, length, entry) -> {
          name[0] = new String(bytes, start, length, StandardCharsets.ISO_8859_1);
          return false;
        });
    return name[0];
  }

  private void readNow(int from, int end, Entry entry, Reader reader) {
    if (from >= end) {
      return;
    }
    int position = marks[from / STEP];
    for (int i = from % STEP; i > 0; i--) {
      position = entries.next(position);
    }
    for (int i = from; i < end; i++) {
      byte[] bytes = entries.segmentOf(position);
      int start = PackedEntries.nameStart(position);
      entries.read(position, entry);
      if (!reader.entry(bytes, start, entries.nameLength(position), entry)) {
        return;
      }
      position = entries.next(position);
    }
  }

  /**
   * The attributes of an entry by its name with one char for each byte, or null where there is no
   * such entry, or none yet.
   */
  public Attributes find(String nameLatin1) {
    if (complete) {
      return findNow(nameLatin1);
    }
    synchronized (this) {
      return findNow(nameLatin1);
    }
  }

  /**
   * Fills an entry by its name; false where there is no such name, or none yet.
   *
   * @param name holds the name
   * @param start where it begins
   * @param length bytes of the name
   */
  public boolean find(byte[] name, int start, int length, Entry to) {
    if (complete) {
      return findNow(name, start, length, to);
    }
    synchronized (this) {
      return findNow(name, start, length, to);
    }
  }

  private boolean findNow(byte[] name, int start, int length, Entry to) {
    int position = names.find(name, start, length);
    if (position < 0) {
      return false;
    }
    entries.read(position, to);
    return true;
  }

  /**
   * The attributes of an entry by its name, or null where there is no such entry, or none yet.
   *
   * @param name holds the name
   * @param start where it begins
   * @param length bytes of the name
   */
  public Attributes find(byte[] name, int start, int length) {
    if (complete) {
      return findNow(name, start, length);
    }
    synchronized (this) {
      return findNow(name, start, length);
    }
  }

  private Attributes findNow(byte[] name, int start, int length) {
    int position = names.find(name, start, length);
    return position < 0 ? null : entries.attributes(position);
  }

  private Attributes findNow(String nameLatin1) {
    int position = names.find(nameLatin1);
    return position < 0 ? null : entries.attributes(position);
  }
}
