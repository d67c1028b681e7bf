// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import static java.util.Objects.requireNonNull;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What one check found.
 *
 * @param group what it is about: "adapters", "device ib0", "worker node1:29999"
 * @param check the text of its {@link CheckId}
 * @param seen a phrase
 * @param advice what to do; empty where all is well
 * @param numbers what was measured, for scripts; units are part of the names
 */
public record Finding(
    String group,
    String check,
    Level level,
    String seen,
    String advice,
    Map<String, Object> numbers) {
  public Finding {
    requireNonNull(group, "group is null");
    requireNonNull(check, "check is null");
    requireNonNull(level, "level is null");
    numbers = Map.copyOf(numbers);
    if (CheckId.of(check).isEmpty()) {
      throw new IllegalArgumentException("there is no check of the name " + check);
    }
  }

  /** The check, the same in every release. */
  public CheckId id() {
    return CheckId.of(check).orElseThrow();
  }

  /** That a check which was asked for has nothing to look at. */
  static Finding notApplicable(CheckId id) {
    return new Finding(
        "not applicable", id.text(), Level.SKIPPED, "nothing to look at here", "", Map.of());
  }

  /**
   * @param why a phrase that repeats what another finding reports with its cure
   */
  static Finding skipped(String group, String check, String why) {
    return new Finding(group, check, Level.SKIPPED, "not looked at: " + why, "", Map.of());
  }

  static Finding ok(String group, String check, String seen) {
    return new Finding(group, check, Level.OK, seen, "", Map.of());
  }

  static Finding warning(String group, String check, String seen, String advice) {
    return new Finding(group, check, Level.WARNING, seen, advice, Map.of());
  }

  static Finding problem(String group, String check, String seen, String advice) {
    return new Finding(group, check, Level.PROBLEM, seen, advice, Map.of());
  }

  static Finding of(Level level, String group, String check, String seen, String advice) {
    return new Finding(
        group, check, level, seen, level.compareTo(Level.OK) <= 0 ? "" : advice, Map.of());
  }

  Finding with(Map<String, Object> measured) {
    return new Finding(group, check, level, seen, advice, measured);
  }

  Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("id", check);
    json.put("group", group);
    // As it was named before there were ids.
    json.put("check", check);
    json.put("level", level.label());
    json.put("seen", seen);
    json.put("advice", advice);
    json.put("numbers", numbers);
    json.put("page", id().page());
    return json;
  }
}
