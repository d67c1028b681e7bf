package io.railfs.cli.bench;

import io.railfs.fabric.Devices;
import io.railfs.protocol.messages.DataEndpoint;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Which of a worker's data addresses belongs to which rail. */
public final class RailTargets {
  private RailTargets() {}

  /**
   * The address in a subnet of the device; where there is none, the one of the same position.
   *
   * @param endpoints as the worker tells them, at least one
   * @param rpc its address by which it was asked
   * @param device empty for the kernel's routing
   * @param index of the rail, from 0
   */
  public static InetSocketAddress of(
      List<DataEndpoint> endpoints, InetAddress rpc, String device, int index)
      throws UnknownHostException {
    List<InetSocketAddress> addresses = new ArrayList<>();
    for (DataEndpoint endpoint : endpoints) {
      InetAddress address =
          endpoint.getAddress().isEmpty() ? rpc : InetAddress.getByName(endpoint.getAddress());
      addresses.add(new InetSocketAddress(address, endpoint.getPort()));
    }
    return addresses.stream()
        .filter(address -> Devices.isInSubnet(device, address.getAddress()))
        .findFirst()
        .orElse(addresses.get(index % addresses.size()));
  }

  /** The interface that has a local address. */
  public static Optional<String> deviceOf(InetAddress local) {
    try {
      return Optional.ofNullable(NetworkInterface.getByInetAddress(local))
          .map(NetworkInterface::getName);
    } catch (SocketException e) {
      // It went away meanwhile.
      return Optional.empty();
    }
  }
}
