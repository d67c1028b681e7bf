// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it.faults;

import java.util.ArrayList;
import java.util.List;

/**
 * A file of the stage's dataset.
 *
 * @param number its place in {@link #ALL}
 * @param size bytes, the same in each generation
 */
record Sample(int number, Area area, String name, long size) {
  /** On both sides of the units: chunk, page, request, block. */
  private static final long[] SIZES = {
    1, 16_384, 100_003, 1 << 20, (3 << 20) + 5, 6 << 20, (12 << 20) + 77
  };

  static final List<Sample> ALL = all();

  private static List<Sample> all() {
    List<Sample> samples = new ArrayList<>();
    for (Area area : Area.values()) {
      for (long size : SIZES) {
        samples.add(new Sample(samples.size(), area, "sample-" + size, size));
      }
    }
    return List.copyOf(samples);
  }

  static List<Sample> of(Area area) {
    return ALL.stream().filter(sample -> sample.area() == area).toList();
  }

  /** Below the mountpoint. */
  String path() {
    return area.path() + "/" + name;
  }
}
