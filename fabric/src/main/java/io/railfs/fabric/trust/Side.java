// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.trust;

/** Which side of a connection a process is on. */
public enum Side {
  /** It connects to workers. */
  CLIENT,
  /** It is connected to. */
  WORKER,
  /** It connects to the worker whose conf it reads, and expects that one's own certificate. */
  OWN_WORKER
}
