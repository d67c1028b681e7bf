// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.cache;

import io.railfs.protocol.Attributes;
import io.railfs.protocol.EntryType;
import io.railfs.protocol.Era;
import java.nio.charset.StandardCharsets;

/**
 * What stat returns of one name, as numbers: filled again and again by the thread that it belongs
 * to, so that a look at a listing makes no object.
 *
 * <p>{@link #version} distinguishes versions of one path: 64 bits of hash over what identifies the
 * content of a file (size, modification time, etag) or of a symlink (these and its target). A
 * directory is the same directory whatever happens in it, so its version is its type alone.
 */
public final class Entry {
  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private EntryType type = EntryType.UNSPECIFIED;
  private int mode;
  private int uid;
  private int gid;
  private long size;
  private long mtimeNanos;
  private long ctimeNanos;
  private int mtimeEra;
  private int ctimeEra;
  private long version;

  /** Takes over the attributes of one name. */
  public void set(Attributes attributes) {
    byte[] etag = attributes.etag().getBytes(StandardCharsets.UTF_8);
    byte[] target = attributes.symlinkTarget().toByteArray();
    set(attributes.type(), attributes.mode(), attributes.uid(), attributes.gid());
    setContent(
        attributes.size(),
        attributes.mtimeNanos(),
        attributes.ctimeNanos(),
        hash(hash(FNV_OFFSET, target, 0, target.length), etag, 0, etag.length));
    setEras(attributes.mtimeEra(), attributes.ctimeEra());
  }

  void set(EntryType newType, int newMode, int newUid, int newGid) {
    type = newType;
    mode = newMode;
    uid = newUid;
    gid = newGid;
  }

  /**
   * Takes the rest, with times that 64 bits of nanoseconds hold unless {@link #setEras} follows.
   *
   * @param textHash {@link #hash} of the target, continued with the etag
   */
  void setContent(long newSize, long newMtimeNanos, long newCtimeNanos, long textHash) {
    size = newSize;
    mtimeNanos = newMtimeNanos;
    ctimeNanos = newCtimeNanos;
    mtimeEra = 0;
    ctimeEra = 0;
    boolean hasContent = type == EntryType.REGULAR || type == EntryType.SYMLINK;
    long content = hasContent ? mix(mix(newSize ^ mix(newMtimeNanos)) ^ textHash) : 0;
    version = mix(content + (type == EntryType.UNRECOGNIZED ? -1 : type.number()));
  }

  void setEras(int newMtimeEra, int newCtimeEra) {
    mtimeEra = newMtimeEra;
    ctimeEra = newCtimeEra;
  }

  /** The version of these attributes. */
  public static long version(Attributes attributes) {
    Entry entry = new Entry();
    entry.set(attributes);
    return entry.version;
  }

  /** FNV-1a of no bytes. */
  static long hashOfNothing() {
    return FNV_OFFSET;
  }

  /** FNV-1a, 64 bits, of what was hashed before and these bytes. */
  static long hash(long before, byte[] bytes, int start, int length) {
    long hash = before;
    for (int i = start; i < start + length; i++) {
      hash = (hash ^ (bytes[i] & 0xff)) * FNV_PRIME;
    }
    // Where one text ends and the next begins is part of the hash.
    return (hash ^ length) * FNV_PRIME;
  }

  /** The finalizer of SplitMix64 (Steele, Lea, Flood 2014): each bit depends on all others. */
  private static long mix(long value) {
    long z = value + 0x9e3779b97f4a7c15L;
    z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }

  public EntryType type() {
    return type;
  }

  /** Permission bits, 07777. */
  public int mode() {
    return mode;
  }

  public int uid() {
    return uid;
  }

  public int gid() {
    return gid;
  }

  /** Bytes. */
  public long size() {
    return size;
  }

  /** Of the modification time, since the epoch. */
  public long mtimeSeconds() {
    return Era.seconds(mtimeNanos, mtimeEra);
  }

  /** Beside its seconds. */
  public int mtimeNano() {
    return Era.nano(mtimeNanos, mtimeEra);
  }

  /** Of the change time, since the epoch. */
  public long ctimeSeconds() {
    return Era.seconds(ctimeNanos, ctimeEra);
  }

  /** Beside its seconds. */
  public int ctimeNano() {
    return Era.nano(ctimeNanos, ctimeEra);
  }

  public long version() {
    return version;
  }

  public boolean isDirectory() {
    return type == EntryType.DIRECTORY;
  }
}
