// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fuse;

import io.railfs.mount.cache.Entry;
import io.railfs.mount.fs.FsException;
import io.railfs.mount.fs.NameScratch;
import io.railfs.mount.fs.OpenDirectory;
import io.railfs.mount.fs.RailFileSystem;
import io.railfs.mount.nodes.NodeTable;
import io.railfs.protocol.EntryType;
import java.nio.charset.StandardCharsets;
import java.util.function.LongConsumer;

/**
 * Answers READDIR and READDIRPLUS: entries straight from a listing's packed form into the reply,
 * the latter with attributes and a node for each, so that the kernel need not look each one up at
 * some 25 us and two changes of context a name. Belongs to one thread.
 *
 * <p>A fuse_direntplus is a fuse_entry_out and a fuse_dirent, which is 24 bytes and the name, up to
 * a multiple of 8.
 */
final class DirectoryReply implements OpenDirectory.Reader {
  /** Of the table's capacity; beyond it entries come without nodes, so that lookups find room. */
  private static final double FULL = 15.0 / 16;

  private final RailFileSystem fileSystem;
  private final AttributeWriter attributes;
  private final ReplyBuffer reply;
  private final NameScratch scratch;
  private OpenDirectory directory;
  private boolean withNodes;
  private boolean plus;
  private int limit;
  private int length;

  DirectoryReply(
      RailFileSystem fileSystem,
      AttributeWriter attributes,
      ReplyBuffer reply,
      NameScratch scratch) {
    this.fileSystem = fileSystem;
    this.attributes = attributes;
    this.reply = reply;
    this.scratch = scratch;
  }

  /**
   * Answers.
   *
   * @param size bytes at most
   * @param withAttributes whether READDIRPLUS is answered
   */
  void answer(long unique, OpenDirectory of, long offset, int size, boolean withAttributes)
      throws FsException {
    NodeTable nodes = fileSystem.nodes();
    directory = of;
    plus = withAttributes;
    withNodes =
        plus && fileSystem.isCurrent(of) && nodes.usedBytes() < FULL * nodes.capacityBytes();
    limit = Math.min(ReplyBuffer.MAX, size);
    length = 0;
    long supersessions = nodes.supersessions();
    boolean sent = false;
    try {
      of.read(offset, scratch.entry(), this);
      sent = reply.send(unique, length);
    } finally {
      directory = null;
      if (plus && !sent) {
        forEachNode(node -> fileSystem.nodes().forget(node, 1));
      } else if (withNodes && !fileSystem.isCurrent(of)) {
        // Some of these may be older than what was learnt meanwhile.
        forEachNode(fileSystem::takeBack);
      } else if (plus && nodes.supersessions() != supersessions) {
        // Perhaps of one of these, after it was written here and before the kernel had it.
        forEachNode(fileSystem::takeBackIfSuperseded);
      }
    }
  }

  private void forEachNode(LongConsumer action) {
    int at = 0;
    while (at < length) {
      long entry = reply.body() + at;
      long node = Native.getLong(entry);
      if (node != NodeTable.NONE) {
        action.accept(node);
      }
      at += Wire.ENTRY_OUT + direntLength(Native.getInt(entry + Wire.ENTRY_OUT + 16));
    }
  }

  private static int direntLength(int nameLength) {
    return Wire.DIRENT + nameLength + 7 & ~7;
  }

  @Override
  public boolean special(String name, long inode, long next) {
    byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
    int wanted = length(bytes.length);
    if (length + wanted > limit) {
      return false;
    }
    long to = reply.body() + length;
    if (plus) {
      // The kernel has its node already.
      Native.zero(to, Wire.ENTRY_OUT);
      to += Wire.ENTRY_OUT;
    }
    writeDirent(to, bytes, 0, bytes.length, inode, next, EntryType.DIRECTORY);
    length += wanted;
    return true;
  }

  @Override
  public boolean entry(
      byte[] bytes, int start, int nameLength, Entry entry, long inode, long next) {
    int wanted = length(nameLength);
    if (length + wanted > limit) {
      return false;
    }
    long to = reply.body() + length;
    if (plus) {
      long node =
          withNodes
              ? fileSystem.shown(directory, bytes, start, nameLength, scratch)
              : NodeTable.NONE;
      if (node == NodeTable.NONE) {
        Native.zero(to, Wire.ENTRY_OUT);
      } else {
        attributes.writeEntry(to, node, inode, entry);
      }
      to += Wire.ENTRY_OUT;
    }
    writeDirent(to, bytes, start, nameLength, inode, next, entry.type());
    // Only now: what is not written whole has no node to give back.
    length += wanted;
    return true;
  }

  /** Bytes of an entry with a name of this length. */
  private int length(int nameLength) {
    return (plus ? Wire.ENTRY_OUT : 0) + direntLength(nameLength);
  }

  private static void writeDirent(
      long to, byte[] bytes, int start, int nameLength, long inode, long next, EntryType type) {
    Native.putLong(to, inode);
    Native.putLong(to + 8, next);
    Native.putInt(to + 16, nameLength);
    Native.putInt(to + 20, AttributeWriter.direntType(type));
    int padded = direntLength(nameLength) - Wire.DIRENT;
    // The kernel hands the padding on to nobody, but it must not be what was there before.
    if (padded > nameLength) {
      Native.putLong(to + Wire.DIRENT + padded - 8, 0);
    }
    Native.putBytes(to + Wire.DIRENT, bytes, start, nameLength);
  }
}
