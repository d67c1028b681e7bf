// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision;

/** How far a process has come. */
public enum RunState {
  /** It has begun. */
  STARTING,
  /** It serves. */
  READY,
  /** It could not start; the record's message says why. */
  FAILED
}
