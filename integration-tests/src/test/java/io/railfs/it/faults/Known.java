// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it.faults;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicIntegerArray;

/** What the verifier knows of the dataset. Thread-safe. */
final class Known {
  private final AtomicIntegerArray newest = new AtomicIntegerArray(Sample.ALL.size());
  private final AtomicIntegerArray seen = new AtomicIntegerArray(Sample.ALL.size());
  private final Map<Long, String> sums = new ConcurrentHashMap<>();
  private final VerifierOutput output;

  Known(VerifierOutput output) {
    this.output = output;
  }

  /** From now on a sample may be of this generation too. */
  void announce(int sample, int generation) {
    newest.set(sample, generation);
  }

  int newest(Sample sample) {
    return newest.get(sample.number());
  }

  /** A reader has got this one. */
  void saw(Sample sample, int generation) {
    if (seen.getAndUpdate(sample.number(), old -> Math.max(old, generation)) < generation) {
      output.seen(sample, generation);
    }
  }

  String sum(Sample sample, int generation) {
    return sums.computeIfAbsent(
        ((long) sample.number() << 32) + generation, key -> Content.sum(sample, generation));
  }
}
