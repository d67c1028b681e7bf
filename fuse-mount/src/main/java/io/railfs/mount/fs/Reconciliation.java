// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.railfs.mount.cache.Entry;
import io.railfs.mount.cache.MetadataCache;
import io.railfs.mount.cache.PackedListing;
import io.railfs.mount.nodes.NodeTable;
import io.railfs.protocol.RailPath;
import java.util.concurrent.TimeUnit;

/**
 * Compares a listing that has just come with what the kernel knows of the directory, and takes back
 * what is not true any more: other versions, names that are gone, and names that were said to be
 * missing. Thread-safe.
 */
final class Reconciliation {
  private static final int STEP = 256;
  private static final int MAX_UNTOLD = 4096;
  private static final int TIMEOUT_SECONDS = 10;

  private final Names names;
  private final MetadataCache known;

  Reconciliation(Names names, MetadataCache known) {
    this.names = names;
    this.known = known;
  }

  /**
   * Compares.
   *
   * @param directory its node
   * @param path its path
   * @param listing complete
   */
  void run(long directory, RailPath path, PackedListing listing) {
    if (known.isOutdated(path, listing)) {
      // What is known of single names may be newer; the kernel's time-outs have to do.
      return;
    }
    NodeTable table = names.table();
    Entry entry = new Entry();
    byte[] name = new byte[RailPath.MAX_NAME_LENGTH];
    long[] children = new long[STEP];
    long last = NodeTable.NONE;
    int changed = 0;
    int count = table.children(directory, last, children);
    while (count > 0) {
      long next = children[count - 1];
      // Held, so that the walk can go on after it; where it has gone already, the walk ends early
      // and the kernel's time-outs have to do for the rest.
      boolean held = table.open(next) >= 0;
      for (int i = 0; i < count; i++) {
        changed += compare(children[i], listing, name, entry) ? 1 : 0;
      }
      if (changed >= MAX_UNTOLD) {
        // What is to be sent waits in a queue of limited length; nobody waits for this thread.
        names.kernel().flushed().completeOnTimeout(null, TIMEOUT_SECONDS, TimeUnit.SECONDS).join();
        changed = 0;
      }
      if (last != NodeTable.NONE) {
        table.close(last);
      }
      last = held ? next : NodeTable.NONE;
      count = held ? table.children(directory, last, children) : 0;
    }
    if (last != NodeTable.NONE) {
      table.close(last);
    }
    for (String appeared : known.appeared(path, listing)) {
      byte[] bytes = appeared.getBytes(ISO_8859_1);
      names.kernel().lookAgain(directory, bytes, bytes.length, false);
    }
  }

  private boolean compare(long child, PackedListing listing, byte[] name, Entry entry) {
    NodeTable table = names.table();
    int length = table.isSuperseded(child) ? 0 : table.name(child, name);
    if (length > 0
        && !(listing.find(name, 0, length, entry) && entry.version() == table.version(child))) {
      names.changed(child);
      return true;
    }
    return false;
  }
}
