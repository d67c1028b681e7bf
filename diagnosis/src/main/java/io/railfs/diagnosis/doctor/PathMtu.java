// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import io.railfs.client.probe.PacketProbe;
import io.railfs.client.probe.PacketProbe.Direction;
import io.railfs.client.probe.PathFacts;
import io.railfs.client.probe.ProbeTarget;
import io.railfs.fabric.DeviceAddress;
import io.railfs.fabric.facts.NetDevice;
import java.net.Inet4Address;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** How large the packets of one rail may be, are, and had better be. */
final class PathMtu {
  private static final String CHECK = "path-mtu";

  /** What nearly all connections carry in each packet behind the headers. */
  private static final int TIMESTAMPS = 12;

  /** Headers of IP and ICMP, which ping adds to what it sends. */
  private static final int PING_IPV4 = 28;

  private static final int PING_IPV6 = 48;

  private PathMtu() {}

  /** Bytes of headers in a packet of data. */
  static int overhead(ProbeTarget way) {
    return PacketProbe.headers(way) + TIMESTAMPS;
  }

  /**
   * The size of packets that the way should carry, for both ends do.
   *
   * @param fresh what the kernel knows of a connection that has carried hardly anything
   */
  static OptionalInt ofBothEnds(PathFacts fresh, Optional<NetDevice> device, int overhead) {
    if (device.isEmpty() || device.get().isLoopback()) {
      return OptionalInt.empty();
    }
    return OptionalInt.of(Math.min(device.get().mtu(), fresh.sendSegment() + overhead));
  }

  /**
   * Compares the route's MTU and the packets that really came with the interface's own MTU.
   *
   * @param overhead bytes of headers in a packet of data
   */
  static Finding compare(String group, PathFacts facts, Optional<NetDevice> device, int overhead) {
    int arriving = facts.receivedSegment() + overhead;
    String seen = "%d (TCP_INFO); packets of %d arrive".formatted(facts.pathMtu(), arriving);
    Map<String, Object> numbers =
        Map.of("path_mtu_bytes", facts.pathMtu(), "arriving_packet_bytes", arriving);
    if (device.isEmpty() || device.get().isLoopback()) {
      return Finding.ok(group, CHECK, seen).with(numbers);
    }
    int own = device.get().mtu();
    String name = device.get().name();
    if (facts.pathMtu() < own) {
      return Finding.warning(
              group,
              CHECK,
              seen + "; " + name + " has " + own,
              "a router or the peer on the way allows less: give all of them the same MTU")
          .with(numbers);
    }
    if (arriving < own - TIMESTAMPS) {
      return Finding.warning(
              group,
              CHECK,
              seen + "; " + name + " has " + own + ", so the peer's is smaller",
              "give the worker's interface the same mode and MTU as " + name)
          .with(numbers);
    }
    return Finding.ok(group, CHECK, seen + "; as " + name + " has").with(numbers);
  }

  /**
   * That packets vanish on the way for their size.
   *
   * @param ways where they do
   * @param size that vanishes
   * @param passing a size that does not
   */
  static Finding lost(
      String group, Set<Direction> ways, int size, int passing, String device, ProbeTarget way) {
    String where =
        ways.size() > 1
            ? "in either direction"
            : ways.contains(Direction.TO_WORKER) ? "to the worker" : "from the worker";
    boolean ipv4 = way.address().getAddress() instanceof Inet4Address;
    return Finding.problem(
            group,
            CHECK,
            "packets of %d %s are lost in silence, those of %d arrive; both ends have an MTU of %d"
                .formatted(size, where, passing, size),
            ("a switch or link between carries less: give it an MTU of %1$d, or run 'ip link set"
                    + " %3$s mtu %2$d' here and the same on the worker; 'ping -M do -s %4$d -I %3$s"
                    + " %5$s' shows it")
                .formatted(
                    size,
                    passing,
                    device,
                    size - (ipv4 ? PING_IPV4 : PING_IPV6),
                    DeviceAddress.text(way.address().getAddress())))
        .with(Map.of("lost_packet_bytes", size, "arriving_packet_bytes", passing));
  }
}
