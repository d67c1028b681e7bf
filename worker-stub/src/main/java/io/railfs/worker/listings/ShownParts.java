// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.listings;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.railfs.protocol.messages.DirectoryEntry;
import io.railfs.protocol.messages.ListReply;
import io.railfs.worker.ufs.UfsException;
import java.util.Set;

/** Of another listing only the names that its asker may see. */
final class ShownParts implements Parts {
  private final Parts all;
  private final Set<ByteString> shown;

  ShownParts(Parts all, Set<ByteString> shown) {
    this.all = all;
    this.shown = Set.copyOf(shown);
  }

  /** Whoever looks at each name does not do so in an event loop. */
  @Override
  public boolean isAtHand() {
    return false;
  }

  @Override
  public Part next(Runnable later) throws UfsException {
    while (true) {
      Part part = all.next(later);
      if (part == null) {
        return null;
      }
      Part left = shown(part);
      // None but the last may be empty.
      if (left != null) {
        return left;
      }
    }
  }

  private Part shown(Part part) {
    try {
      ListReply reply = ListReply.parseFrom(part.body());
      ListReply.Builder left = reply.toBuilder().clearEntries();
      for (DirectoryEntry entry : reply.getEntriesList()) {
        if (shown.contains(entry.getName())) {
          left.addEntries(entry);
        }
      }
      boolean isEmpty = left.getEntriesCount() == 0 && !part.isLast();
      return isEmpty
          ? null
          : new Part(left.build().toByteArray(), left.getEntriesCount(), part.isLast());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("what was encoded cannot be decoded", e);
    }
  }

  @Override
  public void close() {
    all.close();
  }
}
