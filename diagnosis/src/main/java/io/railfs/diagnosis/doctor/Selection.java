// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import io.railfs.configuration.DidYouMean;
import io.railfs.diagnosis.doctor.CheckId.Scope;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The checks that were asked for.
 *
 * @param ids all of them where nobody chose
 */
public record Selection(Set<CheckId> ids) {
  public Selection {
    ids = Set.copyOf(ids);
  }

  public static Selection all() {
    return new Selection(EnumSet.allOf(CheckId.class));
  }

  /**
   * Reads names.
   *
   * @param names one or several, as {@link CheckId#text} has them
   * @throws IllegalArgumentException with one sentence where there is no check of a name
   */
  public static Selection of(List<String> names) {
    Set<CheckId> ids = EnumSet.noneOf(CheckId.class);
    for (String name : names) {
      ids.add(CheckId.of(name.strip()).orElseThrow(() -> unknown(name.strip())));
    }
    return new Selection(ids);
  }

  private static IllegalArgumentException unknown(String name) {
    List<String> known = Stream.of(CheckId.values()).map(CheckId::text).toList();
    return new IllegalArgumentException(
        "there is no check '%s'; did you mean %s?"
            .formatted(name, DidYouMean.of(name, known).orElse("")));
  }

  boolean isAll() {
    return ids.size() == CheckId.values().length;
  }

  /** Whether a check has to be made: it was asked for, or stands before one that was. */
  boolean runs(CheckId id) {
    return ids.contains(id) || comesBefore(id);
  }

  /** Whether a problem of this check would keep one from looking that was asked for. */
  private boolean comesBefore(CheckId id) {
    boolean read = needs(Scope.READ);
    boolean rail = read || needs(Scope.RAIL);
    boolean worker = rail || needs(Scope.WORKER);
    return switch (id) {
      case MOUNT_CONF -> true;
      case WORKER_CONF -> needs(Scope.UFS);
      case LINK, ADDRESS, SECURITY, ETCD, RPC -> worker;
      case REACH -> rail;
      case PATH_MTU, BASELINE, COUNTERS -> read;
      default -> false;
    };
  }

  /** Whether one of them needs such a look. */
  boolean needs(Scope scope) {
    return ids.stream().anyMatch(id -> id.needs(scope));
  }

  /**
   * The findings of these checks, and problems that kept one of them from looking: who asks for a
   * read is not to take silence for health. Where some were chosen, those without a finding are
   * reported as not applicable.
   */
  List<Finding> of(Stream<Finding> all) {
    List<Finding> findings =
        new ArrayList<>(
            all.filter(
                    f ->
                        ids.contains(f.id()) || (f.level() == Level.PROBLEM && comesBefore(f.id())))
                .toList());
    if (!isAll()) {
      Stream.of(CheckId.values())
          .filter(ids::contains)
          .filter(id -> findings.stream().noneMatch(finding -> finding.id() == id))
          .forEach(id -> findings.add(Finding.notApplicable(id)));
    }
    return findings;
  }
}
