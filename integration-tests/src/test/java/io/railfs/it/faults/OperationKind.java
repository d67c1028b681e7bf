// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it.faults;

/** What a reader asks of the mount. */
enum OperationKind {
  OPEN,
  READ,
  CLOSE,
  STAT,
  LIST
}
