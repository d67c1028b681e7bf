// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import io.railfs.client.cluster.Health;

/** How a client finds a worker; {@link Health} says what leads from one to the other. */
public enum WorkerHealth {
  /** It is asked for its blocks. */
  HEALTHY,
  /** It let a fetch wait for too long: others are asked before it, until it proves itself. */
  SUSPECT,
  /** It has no connection, or lets everything wait: it is asked only where there is no other. */
  DOWN,
  /** It is back and being tried. */
  PROBING
}
