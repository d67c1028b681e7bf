// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import java.util.Locale;

/** How a check went; later ones are worse. */
public enum Level {
  /** Not looked at, for something that another finding reports stands in its way. */
  SKIPPED,
  OK,
  WARNING,
  PROBLEM;

  /** As people and scripts read it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  public int exitCode() {
    return switch (this) {
      case SKIPPED, OK -> 0;
      case WARNING -> 1;
      case PROBLEM -> 2;
    };
  }
}
