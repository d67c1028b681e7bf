// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it.faults;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Which kinds of faults come when: a function of the seed. In each round every kind comes once, in
 * an order of its own.
 */
final class Schedule {
  private Schedule() {}

  static List<FaultKind> of(List<FaultKind> kinds, int count, Random random) {
    List<FaultKind> all = new ArrayList<>();
    while (all.size() < count) {
      List<FaultKind> round = new ArrayList<>(kinds);
      Collections.shuffle(round, random);
      all.addAll(round);
    }
    return all.subList(0, count);
  }
}
