// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.telemetry;

import static java.util.Objects.requireNonNull;

import java.util.List;

/** A metric; what declares metrics is an enum of them. */
public interface Metric {
  Info info();

  /** What a metric counts up to. */
  enum Kind {
    /** Only grows while the process lives. */
    COUNTER,
    /** Goes up and down. */
    GAUGE,
    /** Counts by size. */
    HISTOGRAM
  }

  /** What its numbers are measured in. */
  enum Unit {
    NONE(""),
    BYTES("bytes"),
    SECONDS("seconds");

    private final String suffix;

    Unit(String suffix) {
      this.suffix = suffix;
    }

    /** As names end on it; empty for plain numbers. */
    public String suffix() {
      return suffix;
    }
  }

  /**
   * What is declared of a metric.
   *
   * @param id words with dots between them, without the unit: railfs.mount.read
   * @param meaning one phrase, for a person
   * @param tags names of what distinguishes its series
   */
  record Info(String id, Kind kind, Unit unit, String meaning, List<String> tags) {
    public Info {
      requireNonNull(id, "id is null");
      requireNonNull(meaning, "meaning is null");
      tags = List.copyOf(tags);
    }

    /** As the constructor, with tags that have blanks between them. */
    public static Info of(String id, Kind kind, Unit unit, String meaning, String tags) {
      return new Info(
          id, kind, unit, meaning, tags.isEmpty() ? List.of() : List.of(tags.split(" ", -1)));
    }

    /** The name that Prometheus shows: railfs_mount_read_bytes_total. */
    public String name() {
      return kind == Kind.COUNTER ? family() + "_total" : family();
    }

    /** The name without what a counter's name ends with, as the Prometheus client takes it. */
    String family() {
      String name = id.replace('.', '_');
      return unit == Unit.NONE || name.endsWith("_" + unit.suffix())
          ? name
          : name + "_" + unit.suffix();
    }
  }
}
