// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.verbs;

import static java.util.Objects.requireNonNull;

/**
 * How queue pairs are set up.
 *
 * @param gidIndex of the port's table; {@link #CHOSEN}: that of the address
 * @param trafficClass of the packets, 0 to 255; {@link #CHOSEN}: the path's
 * @param serviceLevel of InfiniBand, 0 to 15; {@link #CHOSEN}: the path's
 * @param pkeyIndex of the port's table; {@link #CHOSEN}: that of the address
 * @param mtu bytes of a packet, 256 to 4096; {@link #CHOSEN}: the path's
 * @param needs of who opens a port
 */
public record VerbsSettings(
    int gidIndex, int trafficClass, int serviceLevel, int pkeyIndex, int mtu, Needs needs) {
  /** Left to the device, the address and the subnet manager. */
  public static final int CHOSEN = -1;

  /**
   * What is needed of a port.
   *
   * @param sends under way on one connection
   * @param receives posted for all connections of a port
   * @param completions that may wait to be polled
   * @param memory bytes that will be registered
   */
  public record Needs(int sends, int receives, int completions, long memory) {}

  public VerbsSettings {
    requireNonNull(needs, "needs is null");
  }

  /** Nothing is chosen by hand. */
  public static VerbsSettings of(Needs needs) {
    return new VerbsSettings(CHOSEN, CHOSEN, CHOSEN, CHOSEN, CHOSEN, needs);
  }
}
