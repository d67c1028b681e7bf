// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

import static java.util.Objects.requireNonNull;

import io.railfs.client.ClusterException;

/**
 * An operation of the file system failed; the kernel adaptor turns the {@link Problem} into an
 * errno.
 */
public final class FsException extends Exception {
  private static final long serialVersionUID = 1;

  /** What POSIX would call it. */
  public enum Problem {
    NOT_FOUND,
    NOT_A_DIRECTORY,
    IS_A_DIRECTORY,
    /** Content or a link's target was asked of something that has none. */
    INVALID,
    ACCESS_DENIED,
    NAME_TOO_LONG,
    NO_ATTRIBUTE,
    /** The file was replaced after it was opened. */
    STALE,
    /** The name stands for another version by now: the kernel looks it up again by itself. */
    CHANGED,
    /** As many files and directories are open as may be. */
    TOO_MANY_OPEN,
    /** What the kernel holds fills the memory for it. */
    NO_MEMORY,
    /** No answer before the deadline, or none that can be used. */
    IO
  }

  private final Problem problem;

  public FsException(Problem problem, String message) {
    this(problem, message, null);
  }

  public FsException(Problem problem, String message, Throwable cause) {
    super(message, cause);
    this.problem = requireNonNull(problem, "problem is null");
  }

  /** What a failure of the cluster means to a reader of files. */
  static FsException of(ClusterException e) {
    Problem problem =
        switch (e.failure()) {
          case NOT_FOUND -> Problem.NOT_FOUND;
          case NOT_A_DIRECTORY -> Problem.NOT_A_DIRECTORY;
          case NOT_A_FILE -> Problem.INVALID;
          case ACCESS_DENIED -> Problem.ACCESS_DENIED;
          case STALE -> Problem.STALE;
          case IO, DEADLINE, UNREACHABLE, CLOSED -> Problem.IO;
        };
    return new FsException(problem, e.getMessage(), e);
  }

  public Problem problem() {
    return problem;
  }

  /**
   * Whether the operator should hear of it; the rest is the ordinary life of programs that probe
   * for files.
   */
  public boolean isFault() {
    return switch (problem) {
      case IO, STALE, TOO_MANY_OPEN, NO_MEMORY -> true;
      default -> false;
    };
  }
}
