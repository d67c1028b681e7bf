// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.protocol;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.FileAttributes;

/**
 * What a stat answers.
 *
 * @param type never unspecified
 * @param mode permission bits, 07777
 * @param uid numeric owner
 * @param gid numeric group
 * @param size bytes; of a symlink, the length of its target
 * @param mtimeNanos modification time, nanoseconds since the epoch, the low 64 bits of them
 * @param ctimeNanos change time, likewise
 * @param etag entity tag of the UFS, empty where it has none
 * @param symlinkTarget where a symlink points, as stored; empty for every other type
 * @param mtimeEra the {@link Era} of the modification time
 * @param ctimeEra the one of the change time
 */
public record Attributes(
    EntryType type,
    int mode,
    int uid,
    int gid,
    long size,
    long mtimeNanos,
    long ctimeNanos,
    String etag,
    ByteString symlinkTarget,
    int mtimeEra,
    int ctimeEra) {

  public Attributes {
    requireNonNull(type, "type is null");
    requireNonNull(etag, "etag is null");
    requireNonNull(symlinkTarget, "symlinkTarget is null");
  }

  /** With times that 64 bits of nanoseconds hold. */
  public Attributes(
      EntryType type,
      int mode,
      int uid,
      int gid,
      long size,
      long mtimeNanos,
      long ctimeNanos,
      String etag,
      ByteString symlinkTarget) {
    this(type, mode, uid, gid, size, mtimeNanos, ctimeNanos, etag, symlinkTarget, 0, 0);
  }

  public static Attributes of(FileAttributes message) {
    return new Attributes(
        EntryType.of(message.getType()),
        message.getMode(),
        message.getUid(),
        message.getGid(),
        message.getSize(),
        message.getMtimeNanos(),
        message.getCtimeNanos(),
        message.getEtag(),
        message.getSymlinkTarget(),
        message.getMtimeEra(),
        message.getCtimeEra());
  }

  public FileAttributes toMessage() {
    return FileAttributes.newBuilder()
        .setType(type.toMessage())
        .setMode(mode)
        .setUid(uid)
        .setGid(gid)
        .setSize(size)
        .setMtimeNanos(mtimeNanos)
        .setCtimeNanos(ctimeNanos)
        .setEtag(etag)
        .setSymlinkTarget(symlinkTarget)
        .setMtimeEra(mtimeEra)
        .setCtimeEra(ctimeEra)
        .build();
  }

  /** In the form of the wire, for {@link #parse}. */
  public byte[] toByteArray() {
    return toMessage().toByteArray();
  }

  /**
   * Attributes from their form on the wire.
   *
   * @throws ProtocolException where they are none
   */
  public static Attributes parse(byte[] bytes) throws ProtocolException {
    try {
      return of(FileAttributes.parseFrom(bytes));
    } catch (InvalidProtocolBufferException e) {
      throw new ProtocolException(
          ErrorCode.INVALID_REQUEST, "attributes that are not valid protobuf", e);
    }
  }

  public boolean isDirectory() {
    return type == EntryType.DIRECTORY;
  }

  public boolean isRegular() {
    return type == EntryType.REGULAR;
  }

  public boolean isSymlink() {
    return type == EntryType.SYMLINK;
  }

  /** The version of a regular file's content. */
  public FileVersion version() {
    return new FileVersion(size, mtimeNanos, etag);
  }
}
