// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.bulk;

import java.util.concurrent.atomic.LongAdder;

/** What was done at, or found on, one worker. Thread-safe. */
public final class WorkerShare {
  private final String worker;
  final LongAdder blocks = new LongAdder();
  final LongAdder bytes = new LongAdder();
  final LongAdder pinned = new LongAdder();

  WorkerShare(String worker) {
    this.worker = worker;
  }

  /** Its rpc endpoint. */
  public String worker() {
    return worker;
  }

  /** Blocks that it has, or that it freed or unpinned. */
  public long blocks() {
    return blocks.sum();
  }

  /** Bytes of these blocks; 0 where blocks were unpinned. */
  public long bytes() {
    return bytes.sum();
  }

  /** Blocks that are pinned. */
  public long pinned() {
    return pinned.sum();
  }
}
