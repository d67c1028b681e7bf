package io.railfs.fabric.facts;

import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.List;

/** The addresses of this machine's interfaces, which sysfs does not have. */
public final class HostAddresses {
  private HostAddresses() {}

  /** Numeric addresses, without prefix length and scope; none where there is no such device. */
  public static List<String> of(String device) {
    return interfaceAddresses(device).stream()
        .map(address -> address.getAddress().getHostAddress().replaceFirst("%.*", ""))
        .sorted()
        .toList();
  }

  /** Whether one of the device's subnets holds the address. */
  public static boolean isLocalSubnet(String device, InetAddress address) {
    return interfaceAddresses(device).stream()
        .anyMatch(own -> samePrefix(own.getAddress(), address, own.getNetworkPrefixLength()));
  }

  private static List<InterfaceAddress> interfaceAddresses(String device) {
    try {
      NetworkInterface found = NetworkInterface.getByName(device);
      return found == null ? List.of() : found.getInterfaceAddresses();
    } catch (SocketException e) {
      // The device went away meanwhile.
      return List.of();
    }
  }

  static boolean samePrefix(InetAddress left, InetAddress right, int bits) {
    byte[] a = left.getAddress();
    byte[] b = right.getAddress();
    if (a.length != b.length) {
      return false;
    }
    for (int bit = 0; bit < bits; bit++) {
      int mask = 0x80 >> (bit % Byte.SIZE);
      if (((a[bit / Byte.SIZE] ^ b[bit / Byte.SIZE]) & mask) != 0) {
        return false;
      }
    }
    return true;
  }
}
