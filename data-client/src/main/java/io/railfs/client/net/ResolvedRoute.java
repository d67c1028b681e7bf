// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.railfs.fabric.DeviceAddress;
import io.railfs.fabric.Devices;
import io.railfs.fabric.FabricException;
import io.railfs.fabric.Transport;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A route as it is now: names and device addresses are looked up again for every connect, so that
 * what changes is followed.
 *
 * @param remote where to connect to
 * @param local the device's own address, null without a device
 * @param device to bind to, empty for none
 */
public record ResolvedRoute(InetSocketAddress remote, InetSocketAddress local, String device) {
  /**
   * Looks a route up; blocks. A name may have several addresses, and not each of them answers.
   *
   * @return one for each address, the most promising first; at least one
   * @throws FabricException where the route's device cannot carry it
   */
  static List<ResolvedRoute> all(WorkerRoute route) throws UnknownHostException, FabricException {
    InetAddress[] hosts = InetAddress.getAllByName(route.endpoint().host());
    int port = route.endpoint().port();
    String device = route.device();
    if (device.isEmpty()) {
      return Stream.of(hosts)
          .map(host -> new ResolvedRoute(new InetSocketAddress(host, port), null, ""))
          .toList();
    }
    String problem = Devices.problem(device);
    if (!problem.isEmpty()) {
      throw new FabricException("network device '" + device + "' " + problem);
    }
    List<DeviceAddress> own = Devices.addresses(device);
    List<InetAddress> promising =
        Stream.of(hosts)
            .sorted(
                Comparator.comparing(
                        (InetAddress h) -> own.stream().noneMatch(a -> a.isInSubnet(h)))
                    .thenComparing(h -> own.stream().noneMatch(a -> isSameFamily(a, h))))
            .toList();
    List<ResolvedRoute> dials = new ArrayList<>();
    for (InetAddress host : promising) {
      DeviceAddress source = Devices.addressFor(device, host).orElse(null);
      if (source != null && isSameFamily(source, host)) {
        dials.add(
            new ResolvedRoute(
                new InetSocketAddress(scoped(host, device), port),
                new InetSocketAddress(source.address(), 0),
                device));
      }
    }
    if (dials.isEmpty()) {
      throw new FabricException(
          "network device '%s' has no address that can talk to %s"
              .formatted(device, DeviceAddress.text(promising.get(0))));
    }
    return dials;
  }

  private static boolean isSameFamily(DeviceAddress own, InetAddress host) {
    return own.address().getClass() == host.getClass();
  }

  /** A link-local address means something on its own device only. */
  private static InetAddress scoped(InetAddress host, String device)
      throws UnknownHostException, FabricException {
    if (!host.isLinkLocalAddress() || !(host instanceof Inet6Address)) {
      return host;
    }
    try {
      return Inet6Address.getByAddress(null, host.getAddress(), NetworkInterface.getByName(device));
    } catch (SocketException e) {
      throw new FabricException("network device '" + device + "' went away", e);
    }
  }

  /** Connects a bootstrap that has everything but the way. */
  ChannelFuture connect(Bootstrap bootstrap, Transport transport) throws FabricException {
    if (device.isEmpty()) {
      return bootstrap.connect(remote);
    }
    Transport.bindToDevice(bootstrap, device);
    transport.bindWithoutPort(bootstrap);
    return bootstrap.connect(remote, local);
  }

  /**
   * Checks that a connected channel is on the device, which the kernel is asked for.
   *
   * @throws FabricException where it is not
   */
  void verify(Channel channel) throws FabricException {
    if (device.isEmpty()) {
      return;
    }
    String bound = Transport.boundDevice(channel);
    InetAddress source = ((InetSocketAddress) channel.localAddress()).getAddress();
    if (!bound.equals(device) || !source.equals(local.getAddress())) {
      throw new FabricException(
          "the connection is bound to device '%s' and address %s instead of '%s' and %s"
              .formatted(
                  bound,
                  DeviceAddress.text(source),
                  device,
                  DeviceAddress.text(local.getAddress())));
    }
  }
}
