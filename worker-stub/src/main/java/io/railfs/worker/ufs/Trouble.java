// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.ufs;

import io.railfs.protocol.messages.ErrorCode;
import java.util.Locale;
import java.util.Optional;

/** Why a UFS did not do what it was asked, by what to do about it. */
public enum Trouble {
  DENIED("refuses the worker"),
  /** Nobody is there: no connection, no such host. */
  UNREACHABLE("does not answer"),
  TIMEOUT("does not answer"),
  THROTTLED("asks for fewer requests"),
  /** The file became another one meanwhile: no fault of the UFS. */
  CHANGED("changed"),
  /** The worker's own limits left no room: no fault of the UFS either. */
  LIMITED("has to wait for the limits of railfs.worker.ufs-limits"),
  OTHER("fails");

  private final String verb;

  Trouble(String verb) {
    this.verb = verb;
  }

  /** As metrics and JSON name it. */
  public String tag() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What is said of a UFS with it, such as "does not answer: connection refused". */
  String phrase(String reason) {
    return reason.isEmpty() ? verb : verb + ": " + reason;
  }

  /** Empty where the UFS has answered what is so. */
  static Optional<Trouble> of(ErrorCode code) {
    return switch (code) {
      case NOT_FOUND, NOT_A_DIRECTORY, NOT_A_FILE, INVALID_REQUEST -> Optional.empty();
      case ACCESS_DENIED -> Optional.of(DENIED);
      case STALE -> Optional.of(CHANGED);
      case BUSY -> Optional.of(LIMITED);
      default -> Optional.of(OTHER);
    };
  }
}
