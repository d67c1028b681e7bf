// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.verbs;

import io.railfs.fabric.FabricException;
import java.net.InetAddress;

/** The RDMA devices that this process sees. Thread-safe. */
public interface Verbs {
  /** Whether there is any device. */
  boolean hasDevices();

  /**
   * Opens the port that has an address.
   *
   * @param local an address of a network interface, IPoIB or RoCE
   * @throws FabricException with one sentence where there is none, or it cannot be used
   */
  VerbsPort open(InetAddress local, VerbsSettings settings) throws FabricException;
}
