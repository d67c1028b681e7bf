// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.bulk;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** What has happened so far. Thread-safe. */
final class BulkCounters {
  /** Failures whose reason is kept; the others are counted. */
  static final int MAX_FAILURES = 1_000;

  final LongAdder files = new LongAdder();
  final LongAdder filesDone = new LongAdder();
  final LongAdder bytes = new LongAdder();
  final LongAdder bytesDone = new LongAdder();
  final LongAdder loadedBytes = new LongAdder();
  final LongAdder presentBytes = new LongAdder();
  final LongAdder unstoredBytes = new LongAdder();
  final LongAdder errors = new LongAdder();
  private final List<BulkFailure> failures = new ArrayList<>();
  private final long startNanos = System.nanoTime();
  private volatile boolean walking = true;

  void walked() {
    walking = false;
  }

  void failed(String path, String problem) {
    errors.increment();
    synchronized (failures) {
      if (failures.size() < MAX_FAILURES) {
        failures.add(new BulkFailure(path, problem));
      }
    }
  }

  List<BulkFailure> failures() {
    synchronized (failures) {
      return List.copyOf(failures);
    }
  }

  BulkProgress progress() {
    return new BulkProgress(
        walking,
        files.sum(),
        filesDone.sum(),
        bytes.sum(),
        bytesDone.sum(),
        loadedBytes.sum(),
        presentBytes.sum(),
        unstoredBytes.sum(),
        errors.sum(),
        (System.nanoTime() - startNanos) / 1e9);
  }
}
