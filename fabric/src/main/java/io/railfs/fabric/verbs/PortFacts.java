// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.verbs;

/**
 * A port as it was when it was opened.
 *
 * @param device such as mlx5_0
 * @param number from 1
 * @param linkLayer "InfiniBand" or "Ethernet"
 * @param gid of the address, as text; empty where it is not known
 * @param mtu bytes of the largest packet
 */
public record PortFacts(String device, int number, String linkLayer, String gid, int mtu) {
  /** "mlx5_0:1". */
  public String name() {
    return device + ":" + number;
  }
}
