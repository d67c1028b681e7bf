// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

import io.railfs.mount.cache.Entry;
import io.railfs.mount.nodes.NodeTable;
import io.railfs.protocol.RailPath;

/**
 * What one thread reuses from question to question about names, so that an answer that is known
 * makes no object. Belongs to one thread.
 */
public final class NameScratch {
  final byte[] path = new byte[RailPath.MAX_LENGTH];
  private final byte[] name = new byte[RailPath.MAX_NAME_LENGTH];
  private final Entry entry = new Entry();
  private int nameLength;
  private long node = NodeTable.NONE;
  private long inode;

  /** The bytes of the name that is asked for. */
  public byte[] name() {
    return name;
  }

  /** How many bytes of {@link #name} are the name. */
  public int nameLength() {
    return nameLength;
  }

  /** Says how many bytes of {@link #name} are the name. */
  public void setNameLength(int length) {
    nameLength = length;
  }

  /** The attributes that were found. */
  public Entry entry() {
    return entry;
  }

  /** The node that was found. */
  public long node() {
    return node;
  }

  /** Its inode number. */
  public long inode() {
    return inode;
  }

  void found(long foundNode, long foundInode) {
    node = foundNode;
    inode = foundInode;
  }

  boolean isDot() {
    return nameLength == 1 && name[0] == '.';
  }

  boolean isDotDot() {
    return nameLength == 2 && name[0] == '.' && name[1] == '.';
  }
}
