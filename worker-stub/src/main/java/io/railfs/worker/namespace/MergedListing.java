// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.namespace;

import com.google.protobuf.ByteString;
import io.railfs.protocol.Attributes;
import io.railfs.worker.ufs.Listing;
import io.railfs.worker.ufs.UfsException;
import java.util.Iterator;
import java.util.Map;

/** First what is mounted, then what the UFS itself holds under other names. */
final class MergedListing implements Listing {
  private final Map<ByteString, Attributes> mounted;
  private final Iterator<Map.Entry<ByteString, Attributes>> first;

  /** Null where no UFS holds that directory. */
  private final Listing own;

  MergedListing(Map<ByteString, Attributes> mounted, Listing own) {
    this.mounted = mounted;
    this.first = mounted.entrySet().iterator();
    this.own = own;
  }

  @Override
  public Entry next() throws UfsException {
    if (first.hasNext()) {
      Map.Entry<ByteString, Attributes> entry = first.next();
      return new Entry(entry.getKey(), entry.getValue());
    }
    Entry entry = own == null ? null : own.next();
    while (entry != null && mounted.containsKey(entry.name())) {
      entry = own.next();
    }
    return entry;
  }

  @Override
  public void close() {
    if (own != null) {
      own.close();
    }
  }
}
