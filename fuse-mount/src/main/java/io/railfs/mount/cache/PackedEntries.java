// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.cache;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.EntryType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Names with attributes, one after the other in a few large arrays: some 20 bytes beside the name
 * where objects would take 250. Grows at its end only; an entry is named by its position.
 *
 * <pre>
 *   length 2 | name length 1 | name | kind v | size v | mtime z | ctime z
 *     | [ target v, bytes ] | [ etag v, bytes ] | [ eras z, z ]
 * </pre>
 *
 * <p>v is a varint (seven bits a byte, lowest first), z one of a zigzag difference: mtime against
 * that of the first entry, ctime against mtime. A kind is what many entries share: type, mode,
 * owner, group, and which of the last fields follow. Not thread-safe.
 */
final class PackedEntries {
  private static final int SEGMENT_BITS = 16;
  private static final int SEGMENT = 1 << SEGMENT_BITS;
  private static final int FIRST = 512;

  /** Positions are of 31 bits. */
  private static final int MAX_SEGMENTS = 1 << (31 - SEGMENT_BITS);

  private static final int HEAD = 3;

  /** Six numbers of at most ten bytes beside the lengths of target and etag. */
  private static final int MAX_NUMBERS = 80;

  private static final int KIND_BYTES = 120;

  private final List<Kind> kinds = new ArrayList<>();
  private final Map<Kind, Integer> kindNumbers = new HashMap<>();
  private byte[][] segments = {new byte[FIRST]};
  private int segment;
  private int offset;
  private long firstMtime;
  private long capacity = FIRST;

  private record Kind(
      EntryType type,
      int mode,
      int uid,
      int gid,
      boolean hasTarget,
      boolean hasEtag,
      boolean hasEras) {
    static Kind of(Attributes a) {
      return new Kind(
          a.type(),
          a.mode(),
          a.uid(),
          a.gid(),
          !a.symlinkTarget().isEmpty(),
          !a.etag().isEmpty(),
          a.mtimeEra() != 0 || a.ctimeEra() != 0);
    }
  }

  /** Bytes that it takes. */
  long bytes() {
    return capacity + (long) kinds.size() * KIND_BYTES;
  }

  /** Position after the last entry. */
  int end() {
    return segment << SEGMENT_BITS | offset;
  }

  /**
   * Appends an entry.
   *
   * @param name 1 to 255 bytes
   * @return its position, or -1 where it is larger than any may be or there is no room for more
   */
  int add(ByteString name, Attributes attributes) {
    byte[] etag = attributes.etag().getBytes(UTF_8);
    int most = HEAD + name.size() + MAX_NUMBERS + attributes.symlinkTarget().size() + etag.length;
    if (most > SEGMENT || !makeRoom(most)) {
      return -1;
    }
    if (kinds.isEmpty()) {
      firstMtime = attributes.mtimeNanos();
    }
    byte[] to = segments[segment];
    int start = offset;
    int at = start + 2;
    to[at++] = (byte) name.size();
    name.copyTo(to, at);
    at += name.size();
    at = putVarint(to, at, kindNumber(Kind.of(attributes)));
    at = putVarint(to, at, attributes.size());
    at = putVarint(to, at, zigzag(attributes.mtimeNanos() - firstMtime));
    at = putVarint(to, at, zigzag(attributes.ctimeNanos() - attributes.mtimeNanos()));
    if (!attributes.symlinkTarget().isEmpty()) {
      at = putVarint(to, at, attributes.symlinkTarget().size());
      attributes.symlinkTarget().copyTo(to, at);
      at += attributes.symlinkTarget().size();
    }
    if (etag.length > 0) {
      at = putVarint(to, at, etag.length);
      System.arraycopy(etag, 0, to, at, etag.length);
      at += etag.length;
    }
    if (attributes.mtimeEra() != 0 || attributes.ctimeEra() != 0) {
      at = putVarint(to, at, zigzag(attributes.mtimeEra()));
      at = putVarint(to, at, zigzag(attributes.ctimeEra()));
    }
    to[start] = (byte) (at - start);
    to[start + 1] = (byte) ((at - start) >> 8);
    offset = at;
    return segment << SEGMENT_BITS | start;
  }

  private boolean makeRoom(int bytes) {
    int length = segments[segment].length;
    if (offset + bytes <= length) {
      return true;
    }
    if (offset + bytes <= SEGMENT) {
      int larger = Math.min(SEGMENT, Math.max(2 * length, offset + bytes));
      segments[segment] = Arrays.copyOf(segments[segment], larger);
      capacity += larger - length;
      return true;
    }
    if (segment + 1 == MAX_SEGMENTS) {
      return false;
    }
    if (++segment == segments.length) {
      segments = Arrays.copyOf(segments, 2 * segments.length);
    }
    // The end of this one: a walk goes on in the next.
    segments[segment] = new byte[SEGMENT];
    capacity += SEGMENT;
    offset = 0;
    return true;
  }

  private int kindNumber(Kind kind) {
    Integer known = kindNumbers.putIfAbsent(kind, kinds.size());
    if (known != null) {
      return known;
    }
    kinds.add(kind);
    return kinds.size() - 1;
  }

  /** Position of the entry after the one at this position, or {@link #end}. */
  int next(int position) {
    byte[] from = segmentOf(position);
    int at = offsetOf(position);
    int next = at + length(from, at);
    boolean last = position >>> SEGMENT_BITS < segment && isEnd(from, next);
    return last ? ((position >>> SEGMENT_BITS) + 1) << SEGMENT_BITS : position + length(from, at);
  }

  private static boolean isEnd(byte[] segment, int at) {
    return at + 2 > segment.length || length(segment, at) == 0;
  }

  private static int length(byte[] from, int at) {
    return (from[at] & 0xff) | (from[at + 1] & 0xff) << 8;
  }

  /** The array that holds this entry's name. */
  byte[] segmentOf(int position) {
    return segments[position >>> SEGMENT_BITS];
  }

  /** Where in that array the name begins. */
  static int nameStart(int position) {
    return offsetOf(position) + HEAD;
  }

  /** Bytes of the name. */
  int nameLength(int position) {
    return segmentOf(position)[offsetOf(position) + 2] & 0xff;
  }

  private static int offsetOf(int position) {
    return position & (SEGMENT - 1);
  }

  /** Fills an entry, without an object for anything in it. */
  void read(int position, Entry to) {
    byte[] from = segmentOf(position);
    int at = nameStart(position) + nameLength(position);
    long number = varint(from, at);
    at += varintLength(from, at);
    Kind kind = kinds.get((int) number);
    long size = varint(from, at);
    at += varintLength(from, at);
    long mtime = firstMtime + unzigzag(varint(from, at));
    at += varintLength(from, at);
    long ctime = mtime + unzigzag(varint(from, at));
    at += varintLength(from, at);
    long texts = Entry.hashOfNothing();
    for (int text = 0; text < 2; text++) {
      boolean isThere = text == 0 ? kind.hasTarget() : kind.hasEtag();
      int length = isThere ? (int) varint(from, at) : 0;
      at += isThere ? varintLength(from, at) : 0;
      texts = Entry.hash(texts, from, at, length);
      at += length;
    }
    to.set(kind.type(), kind.mode(), kind.uid(), kind.gid());
    to.setContent(size, mtime, ctime, texts);
    if (kind.hasEras()) {
      int mtimeEra = (int) unzigzag(varint(from, at));
      at += varintLength(from, at);
      to.setEras(mtimeEra, (int) unzigzag(varint(from, at)));
    }
  }

  private static long varint(byte[] from, int start) {
    long value = 0;
    int at = start;
    int shift = 0;
    byte next;
    do {
      next = from[at++];
      value |= (long) (next & 0x7f) << shift;
      shift += 7;
    } while (next < 0);
    return value;
  }

  private static int varintLength(byte[] from, int start) {
    int at = start;
    while (from[at] < 0) {
      at++;
    }
    return at - start + 1;
  }

  Attributes attributes(int position) {
    Reader reader = new Reader(position);
    Kind kind = kinds.get((int) reader.varint());
    long size = reader.varint();
    long mtime = firstMtime + unzigzag(reader.varint());
    long ctime = mtime + unzigzag(reader.varint());
    ByteString target = kind.hasTarget() ? reader.bytes() : ByteString.EMPTY;
    String etag = kind.hasEtag() ? reader.bytes().toStringUtf8() : "";
    int mtimeEra = kind.hasEras() ? (int) unzigzag(reader.varint()) : 0;
    int ctimeEra = kind.hasEras() ? (int) unzigzag(reader.varint()) : 0;
    return new Attributes(
        kind.type(),
        kind.mode(),
        kind.uid(),
        kind.gid(),
        size,
        mtime,
        ctime,
        etag,
        target,
        mtimeEra,
        ctimeEra);
  }

  /** Reads what follows an entry's name. */
  private final class Reader {
    private final byte[] from;
    private int at;

    Reader(int position) {
      from = segmentOf(position);
      at = nameStart(position) + nameLength(position);
    }

    long varint() {
      long value = PackedEntries.varint(from, at);
      at += varintLength(from, at);
      return value;
    }

    ByteString bytes() {
      int count = (int) varint();
      ByteString bytes = ByteString.copyFrom(from, at, count);
      at += count;
      return bytes;
    }
  }

  private static int putVarint(byte[] to, int start, long value) {
    int at = start;
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      to[at++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    to[at++] = (byte) rest;
    return at;
  }

  private static long zigzag(long value) {
    return value << 1 ^ value >> 63;
  }

  private static long unzigzag(long value) {
    return value >>> 1 ^ -(value & 1);
  }
}
