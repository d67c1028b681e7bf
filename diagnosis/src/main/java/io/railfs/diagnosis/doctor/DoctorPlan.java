// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What the doctor is to look at.
 *
 * @param file conf file of a mount, as a person named it; empty for the usual one
 * @param overrides "key=value"
 * @param isRoot whether the user is root
 * @param localOnly whether other machines are not to be asked
 * @param selection the checks that are wanted
 */
public record DoctorPlan(
    Optional<Path> file,
    List<String> overrides,
    boolean isRoot,
    boolean localOnly,
    Selection selection) {
  public DoctorPlan {
    overrides = List.copyOf(overrides);
    requireNonNull(selection, "selection is null");
  }
}
