// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

import io.railfs.client.ClusterException;

/** Why an operation failed, as operators distinguish errors. */
public enum ErrorKind {
  NOT_FOUND,
  NOT_A_DIRECTORY,
  IS_A_DIRECTORY,
  INVALID,
  ACCESS_DENIED,
  NAME_TOO_LONG,
  NO_ATTRIBUTE,
  STALE,
  /** As many files are open as may be. */
  TOO_MANY_OPEN,
  /** A memory budget is used up. */
  NO_MEMORY,
  /** No answer before the deadline; programs get EIO. */
  DEADLINE,
  /** No worker could be reached; programs get EIO. */
  UNREACHABLE,
  /** A worker or the UFS failed; programs get EIO. */
  IO,
  /** RailFS did; programs get EIO. */
  DEFECT;

  static ErrorKind of(FsException e) {
    return switch (e.problem()) {
      case NOT_FOUND -> NOT_FOUND;
      case NOT_A_DIRECTORY -> NOT_A_DIRECTORY;
      case IS_A_DIRECTORY -> IS_A_DIRECTORY;
      case INVALID -> INVALID;
      case ACCESS_DENIED -> ACCESS_DENIED;
      case NAME_TOO_LONG -> NAME_TOO_LONG;
      case NO_ATTRIBUTE -> NO_ATTRIBUTE;
      case STALE, CHANGED -> STALE;
      case TOO_MANY_OPEN -> TOO_MANY_OPEN;
      case NO_MEMORY -> NO_MEMORY;
      case IO -> ofIo(e);
    };
  }

  private static ErrorKind ofIo(FsException e) {
    if (e.getCause() instanceof ClusterException cause) {
      return switch (cause.failure()) {
        case DEADLINE -> DEADLINE;
        case UNREACHABLE -> UNREACHABLE;
        default -> IO;
      };
    }
    return IO;
  }
}
