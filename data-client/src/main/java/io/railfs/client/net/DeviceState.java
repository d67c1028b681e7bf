// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.net;

import io.railfs.fabric.DeviceAddress;
import io.railfs.fabric.Devices;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;

/**
 * A network device at one moment.
 *
 * @param device its name
 * @param problem why it carries nothing, as the rest of a sentence; empty where it does
 * @param addresses that it has
 */
public record DeviceState(String device, String problem, List<DeviceAddress> addresses) {
  public static DeviceState of(String device) {
    return new DeviceState(device, Devices.problem(device), Devices.addresses(device));
  }

  /** Why a connection from this address has no future; empty where it has. */
  String problemOf(SocketAddress local) {
    if (!problem.isEmpty()) {
      return "network device '" + device + "' " + problem;
    }
    boolean gone =
        local instanceof InetSocketAddress own
            && addresses.stream().noneMatch(a -> a.address().equals(own.getAddress()));
    return gone ? "network device '" + device + "' has another address now" : "";
  }
}
