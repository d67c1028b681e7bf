// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import io.railfs.fabric.facts.NetDevice;

/**
 * Mode and MTU of an IPoIB interface. The kernel's Documentation/infiniband/ipoib.rst: datagram
 * mode carries the link's MTU less a header of 4 bytes, so 2044 on a fabric of 2048, and 4092 where
 * every port and the partition allow 4096; connected mode up to 65520.
 */
final class IpoibMtu {
  static final int DATAGRAM = 2_044;
  static final int DATAGRAM_4K = 4_092;
  static final int CONNECTED = 65_520;

  private static final String CHECK = "ipoib-mtu";

  private IpoibMtu() {}

  static Finding finding(String group, NetDevice device) {
    String mode = device.ipoibMode().orElse("unknown");
    String seen = mode + " mode, MTU " + device.mtu();
    String set = "run 'ip link set " + device.name() + " mtu ";
    return switch (mode) {
      case "datagram" -> datagram(group, device.mtu(), seen, set);
      case "connected" -> connected(group, device.mtu(), seen, set);
      default ->
          Finding.warning(
              group,
              CHECK,
              "the driver does not report the mode; MTU " + device.mtu(),
              "compare the MTU with that of the peers");
    };
  }

  private static Finding datagram(String group, int mtu, String seen, String set) {
    if (mtu > DATAGRAM_4K) {
      return Finding.problem(
          group,
          CHECK,
          seen + ", more than datagram mode carries (" + DATAGRAM + ")",
          set + DATAGRAM + "' (more is refused with \"RTNETLINK answers: Invalid argument\")");
    }
    if (mtu > DATAGRAM) {
      return Finding.warning(
          group,
          CHECK,
          seen + ", above the usual maximum of " + DATAGRAM,
          "it works only where the partition and every port have an InfiniBand MTU of 4096; else "
              + set
              + DATAGRAM
              + "'");
    }
    return atMost(group, mtu, DATAGRAM, seen, set);
  }

  private static Finding connected(String group, int mtu, String seen, String set) {
    if (mtu > CONNECTED) {
      return Finding.problem(
          group,
          CHECK,
          seen + ", more than connected mode carries (" + CONNECTED + ")",
          set + CONNECTED + "'");
    }
    return atMost(group, mtu, CONNECTED, seen, set);
  }

  private static Finding atMost(String group, int mtu, int maximum, String seen, String set) {
    return mtu == maximum
        ? Finding.ok(group, CHECK, seen + ", the mode's maximum")
        : Finding.warning(
            group,
            CHECK,
            seen + ", below the mode's maximum of " + maximum,
            set + maximum + "' here and on the peers; smaller packets cost processor time");
  }
}
