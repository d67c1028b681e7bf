// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

/** What the kernel asks of a mount, reads apart, which {@link ReadStats} counts. */
public enum Operation {
  LOOKUP,
  STAT,
  READLINK,
  OPEN,
  CLOSE,
  STATFS,
  ACCESS,
  GETXATTR,
  LISTXATTR,
  OPENDIR,
  READDIR,
  CLOSEDIR,
  FORGET
}
