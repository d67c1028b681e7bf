// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.listings;

import io.railfs.protocol.messages.DirectoryEntry;
import io.railfs.protocol.messages.ListReply;
import io.railfs.worker.ufs.Listing;
import io.railfs.worker.ufs.UfsException;

/** Some entries of a directory as they go on the wire. Immutable; nobody changes the bytes. */
public final class Part {
  /** A part is full at this many entries or bytes, whichever comes first. */
  private static final int MAX_ENTRIES = 2_000;

  private static final int MAX_BYTES = 512 << 10;

  private final byte[] body;
  private final int entries;
  private final boolean isLast;

  /**
   * Takes over the bytes.
   *
   * @param body an encoded ListReply
   * @param entries that it has
   * @param isLast whether no entries follow
   */
  Part(byte[] body, int entries, boolean isLast) {
    this.body = body;
    this.entries = entries;
    this.isLast = isLast;
  }

  /** An encoded ListReply. */
  public byte[] body() {
    return body;
  }

  /** How many entries it has. */
  public int entries() {
    return entries;
  }

  /** Whether no entries follow. */
  public boolean isLast() {
    return isLast;
  }

  /** The next entries of a listing. */
  static Part read(Listing listing) throws UfsException {
    ListReply.Builder part = ListReply.newBuilder();
    int bytes = 0;
    while (part.getEntriesCount() < MAX_ENTRIES && bytes < MAX_BYTES) {
      Listing.Entry entry = listing.next();
      if (entry == null) {
        return new Part(part.build().toByteArray(), part.getEntriesCount(), true);
      }
      DirectoryEntry message =
          DirectoryEntry.newBuilder()
              .setName(entry.name())
              .setAttributes(entry.attributes().toMessage())
              .build();
      bytes += message.getSerializedSize();
      part.addEntries(message);
    }
    return new Part(part.build().toByteArray(), part.getEntriesCount(), false);
  }

  /** The same as the last part of a listing that is not sent whole. */
  public Part truncated() {
    Part more = with(ListReply.newBuilder().setTruncated(true).build());
    return new Part(more.body, entries, true);
  }

  /** The same with more fields after those that it has. */
  Part with(ListReply more) {
    byte[] fields = more.toByteArray();
    if (fields.length == 0) {
      return this;
    }
    // By protobuf's rules the fields of messages that stand one behind the other are one message.
    byte[] both = new byte[body.length + fields.length];
    System.arraycopy(body, 0, both, 0, body.length);
    System.arraycopy(fields, 0, both, body.length, fields.length);
    return new Part(both, entries, isLast);
  }
}
