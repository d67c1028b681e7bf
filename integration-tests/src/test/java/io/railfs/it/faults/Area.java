// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it.faults;

import java.util.List;

/** A directory of the stage's dataset: which UFS holds it, and how many workers keep its blocks. */
enum Area {
  FILES_ONE("files/one"),
  FILES_TWO("files/two"),
  OBJECTS_ONE("objects/one"),
  OBJECTS_TWO("objects/two");

  static final List<Area> ALL = List.of(values());

  private final String path;

  Area(String path) {
    this.path = path;
  }

  /** Below the mountpoint. */
  String path() {
    return path;
  }

  /** Whether the object store has it, else the directory. */
  boolean isOfObjects() {
    return path.startsWith("objects");
  }
}
