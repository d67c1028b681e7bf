// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.csi.kernel;

import java.io.IOException;

/** A system call failed. */
public final class KernelException extends IOException {
  private static final long serialVersionUID = 1;

  // As Linux numbers them.
  private static final int ENOENT = 2;
  private static final int EEXIST = 17;
  private static final int EXDEV = 18;
  private static final int ENOTDIR = 20;
  private static final int EINVAL = 22;
  private static final int ENOSYS = 38;
  private static final int ENOTEMPTY = 39;
  private static final int ELOOP = 40;
  private static final int ECONNABORTED = 103;
  private static final int ENOTCONN = 107;

  /** Why, as far as it makes a difference. */
  public enum Problem {
    NOT_FOUND,
    EXISTS,
    NOT_A_DIRECTORY,
    /** The path leads out of the directory that it has to stay in. */
    LEADS_OUT,
    /** The process of the mount has gone. */
    DISCONNECTED,
    /** Nothing is mounted there. */
    NOT_MOUNTED,
    NOT_EMPTY,
    /** This kernel does not have the call. */
    NOT_SUPPORTED,
    OTHER
  }

  private final Problem problem;

  KernelException(String call, int number, String meaning) {
    super(call + " failed: " + meaning);
    this.problem =
        switch (number) {
          case ENOENT -> Problem.NOT_FOUND;
          case EEXIST -> Problem.EXISTS;
          case ENOTDIR -> Problem.NOT_A_DIRECTORY;
          case EXDEV, ELOOP -> Problem.LEADS_OUT;
          case ENOTCONN, ECONNABORTED -> Problem.DISCONNECTED;
          case EINVAL -> Problem.NOT_MOUNTED;
          case ENOTEMPTY -> Problem.NOT_EMPTY;
          case ENOSYS -> Problem.NOT_SUPPORTED;
          default -> Problem.OTHER;
        };
  }

  public Problem problem() {
    return problem;
  }
}
