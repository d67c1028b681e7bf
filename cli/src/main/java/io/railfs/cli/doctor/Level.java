package io.railfs.cli.doctor;

import java.util.Locale;

/** How a check went; later ones are worse. The ordinal is the exit code. */
public enum Level {
  OK,
  WARNING,
  PROBLEM;

  /** As people and scripts read it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  public int exitCode() {
    return switch (this) {
      case OK -> 0;
      case WARNING -> 1;
      case PROBLEM -> 2;
    };
  }
}
