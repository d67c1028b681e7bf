// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.railfs.mount.cache.MetadataCache;
import io.railfs.mount.nodes.NodeTable;
import io.railfs.protocol.EntryType;
import io.railfs.protocol.RailPath;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Forgets what is known below a path, here and in the kernel. */
final class Refresh {
  private static final Logger log = LoggerFactory.getLogger(Refresh.class);

  private static final int STEP = 1024;

  private final Names names;
  private final MetadataCache known;

  Refresh(Names names, MetadataCache known) {
    this.names = names;
    this.known = known;
  }

  Refreshed run(RailPath path, boolean recursive, long deadlineNanos) throws InterruptedException {
    MetadataCache.Dropped dropped = known.drop(path, recursive);
    // After the drop: a lookup reports a name as missing and then finds out whether what says so
    // was dropped meanwhile.
    List<RailPath> missing = known.takeReportedMissing(path, recursive);
    long top = node(path);
    long count = top == NodeTable.NONE ? 0 : tellKernel(top, recursive, deadlineNanos);
    for (RailPath name : missing) {
      count += lookAgain(name);
    }
    awaitTold(deadlineNanos);
    return new Refreshed(count, dropped.listings(), dropped.attributes());
  }

  /** Has the kernel look a name up again that was reported missing; 1 where it can know it. */
  private int lookAgain(RailPath missing) {
    long directory = node(missing.parent());
    if (directory == NodeTable.NONE) {
      return 0;
    }
    byte[] name = missing.nameLatin1().getBytes(ISO_8859_1);
    names.kernel().lookAgain(directory, name, name.length, false);
    return 1;
  }

  private void awaitTold(long deadlineNanos) throws InterruptedException {
    try {
      names.kernel().flushed().get(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      log.warn("the kernel did not get all names to look up again in time", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("a flush never fails", e);
    }
  }

  /** The node that the kernel knows by this path, or {@link NodeTable#NONE}. */
  private long node(RailPath path) {
    long node = NodeTable.ROOT;
    for (String component : path.componentsLatin1()) {
      byte[] name = component.getBytes(ISO_8859_1);
      node = names.table().find(node, name, 0, name.length);
      if (node == NodeTable.NONE) {
        return NodeTable.NONE;
      }
    }
    return node;
  }

  private long tellKernel(long top, boolean recursive, long deadlineNanos)
      throws InterruptedException {
    NodeTable table = names.table();
    long[] nodes = new long[STEP];
    long count = 0;
    int from = 1;
    names.kernel().askAgain(top);
    do {
      from = table.scan(from, nodes);
      for (long node : nodes) {
        boolean isMeant =
            node != NodeTable.NONE
                && table.isTold(node)
                && !table.isSuperseded(node)
                && (node == top
                    || (recursive ? table.isBelow(node, top) : table.parent(node) == top));
        if (isMeant) {
          names.lookAgain(node);
          if (table.type(node) == EntryType.DIRECTORY) {
            names.kernel().askAgain(node);
          }
          count++;
        }
      }
      // What is to be sent waits in a queue of limited length.
      awaitTold(deadlineNanos);
    } while (from != 0 && System.nanoTime() - deadlineNanos < 0);
    return count;
  }
}
