// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import io.railfs.client.probe.ProbeTarget;
import io.railfs.fabric.DeviceAddress;
import io.railfs.fabric.facts.RouteTable;
import java.net.InetAddress;
import java.util.Optional;

/**
 * Whether the kernel's own route to a worker leads over the rail that connections are bound to.
 * Where it does not, packets still leave by the rail, without a router, and answers are dropped
 * where rp_filter is strict.
 */
final class RouteCheck {
  private RouteCheck() {}

  /**
   * Looks.
   *
   * @param way bound to a device
   * @return empty where the table has nothing to say, as for addresses of this machine
   */
  static Optional<Finding> look(
      String group,
      MachineFacts machine,
      ProbeTarget way,
      SubnetCheck subnets,
      RequiredSetup wanted) {
    InetAddress address = way.address().getAddress();
    if (way.device().isEmpty() || address == null || address.isLoopbackAddress()) {
      return Optional.empty();
    }
    Optional<String> device = RouteTable.of(machine.root()).device(address);
    if (device.isEmpty()) {
      return Optional.empty();
    }
    String seen =
        "the kernel's route to %s is over %s".formatted(DeviceAddress.text(address), device.get());
    boolean same =
        device.get().equals(way.device())
            || machine
                .device(way.device())
                .filter(own -> own.related().contains(device.get()))
                .isPresent()
            // Of rails in one subnet the kernel names one; 'one-subnet' judges them.
            || subnets.beside(way.device(), wanted).filter(device.get()::equals).isPresent();
    return Optional.of(
        Finding.of(
            same ? Level.OK : Level.WARNING,
            group,
            CheckId.ROUTE.text(),
            same ? seen : seen + ", not over " + way.device(),
            "give %2$s an address in the subnet of %1$s, or run 'ip route add %1$s/32 dev %2$s'"
                .formatted(DeviceAddress.text(address), way.device())));
  }
}
