// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.ufs;

/**
 * What distinguishes one content of a file in a directory UFS from another; docs/adr/0016 says why.
 */
public enum FileIdentity {
  /** Size, modification time, inode and change time: a rewrite with the old time is noticed too. */
  INODE,
  /**
   * Size and modification time alone: for copies of a dataset that each worker has in a directory
   * of its own, and for file systems whose inode numbers change by themselves.
   */
  TIMES
}
