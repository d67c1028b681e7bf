// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

/** How the connections of a client to one worker over one rail are. */
public enum RailState {
  /** There is one at least. */
  UP,
  /** There is none, as none is wanted; or one is just being opened. */
  IDLE,
  /** One was wanted and cannot be had. */
  DOWN
}
