// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.posix;

import java.io.IOException;

/** A call of the C library failed. */
public final class PosixException extends IOException {
  private static final long serialVersionUID = 1;

  // As Linux numbers them.
  private static final int EPERM = 1;
  private static final int ENOENT = 2;
  private static final int EACCES = 13;
  private static final int ENOTDIR = 20;
  private static final int ENFILE = 23;
  private static final int EMFILE = 24;
  private static final int ENOSPC = 28;
  private static final int ENOSYS = 38;
  private static final int ELOOP = 40;
  private static final int EOPNOTSUPP = 95;

  /** Why, as far as it makes a difference. */
  public enum Problem {
    NOT_FOUND,
    NOT_A_DIRECTORY,
    ACCESS_DENIED,
    /** The system or the user has as many as may be. */
    TOO_MANY,
    /** The file system does not have such. */
    NOT_SUPPORTED,
    OTHER
  }

  private final Problem problem;

  PosixException(String call, int number) {
    super(call + " failed: " + Posix.meaning(number));
    this.problem =
        switch (number) {
          case ENOENT -> Problem.NOT_FOUND;
          case ENOTDIR, ELOOP -> Problem.NOT_A_DIRECTORY;
          case EACCES, EPERM -> Problem.ACCESS_DENIED;
          case ENOSPC, ENFILE, EMFILE -> Problem.TOO_MANY;
          case EOPNOTSUPP, ENOSYS -> Problem.NOT_SUPPORTED;
          default -> Problem.OTHER;
        };
  }

  public Problem problem() {
    return problem;
  }
}
