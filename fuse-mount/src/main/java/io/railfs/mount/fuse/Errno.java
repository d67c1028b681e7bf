// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fuse;

import io.railfs.mount.fs.FsException;

/** Error numbers of Linux, and the one place where an error of the file system becomes one. */
final class Errno {
  static final int ENOENT = 2;
  static final int EINTR = 4;
  static final int EIO = 5;
  static final int EAGAIN = 11;
  static final int ENOMEM = 12;
  static final int EACCES = 13;
  static final int ENODEV = 19;
  static final int ENOTDIR = 20;
  static final int EISDIR = 21;
  static final int EINVAL = 22;
  static final int ENFILE = 23;
  static final int EROFS = 30;
  static final int EPIPE = 32;
  static final int ERANGE = 34;
  static final int ENAMETOOLONG = 36;
  static final int ENOSYS = 38;
  static final int ENODATA = 61;
  static final int EOPNOTSUPP = 95;
  static final int ESTALE = 116;

  private Errno() {}

  /** The positive error number of a problem. */
  static int of(FsException.Problem problem) {
    return switch (problem) {
      case NOT_FOUND -> ENOENT;
      case NOT_A_DIRECTORY -> ENOTDIR;
      case IS_A_DIRECTORY -> EISDIR;
      case INVALID -> EINVAL;
      case ACCESS_DENIED -> EACCES;
      case NAME_TOO_LONG -> ENAMETOOLONG;
      case NO_ATTRIBUTE -> ENODATA;
      case STALE, CHANGED -> ESTALE;
      case TOO_MANY_OPEN -> ENFILE;
      case NO_MEMORY -> ENOMEM;
      case IO -> EIO;
    };
  }
}
