// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.net;

import io.railfs.client.Endpoint;
import io.railfs.fabric.DeviceAddress;
import io.railfs.fabric.Devices;
import io.railfs.protocol.messages.DataEndpoint;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * Decides by which routes the services of a worker are reached: which device of this machine talks
 * to which of the worker's endpoints. First those in the same subnet, then what is left by its
 * order. A device that finds no endpoint left shares one; an endpoint that finds no device left is
 * not used.
 */
public final class RouteResolver {
  private final Function<String, ? extends Collection<DeviceAddress>> addresses;

  public RouteResolver() {
    this(Devices::addresses);
  }

  /**
   * @param addresses gives those of a device, none where there is no such device
   */
  public RouteResolver(Function<String, ? extends Collection<DeviceAddress>> addresses) {
    this.addresses = addresses;
  }

  /** The endpoints of a worker, each without a device; where none has an address, the one asked. */
  public static List<WorkerRoute> endpoints(List<DataEndpoint> named, InetSocketAddress remote) {
    List<WorkerRoute> routes = new ArrayList<>();
    for (DataEndpoint one : named) {
      String host = one.getAddress().isBlank() ? hostOf(remote) : one.getAddress();
      routes.add(new WorkerRoute(new Endpoint(host, one.getPort()), "", one.getDevice()));
    }
    return routes;
  }

  /** Without the scope, which the route's own device gives. */
  private static String hostOf(InetSocketAddress remote) {
    String host = remote.getAddress().getHostAddress();
    int scope = host.indexOf('%');
    return scope < 0 ? host : host.substring(0, scope);
  }

  /**
   * Routes in the order of the devices; without devices one for each endpoint.
   *
   * @param devices names, perhaps none
   * @param endpoints routes without a device, at least one
   */
  public List<WorkerRoute> routes(List<String> devices, List<WorkerRoute> endpoints) {
    if (devices.isEmpty()) {
      return endpoints;
    }
    WorkerRoute[] chosen = new WorkerRoute[devices.size()];
    List<WorkerRoute> left = new ArrayList<>(endpoints);
    for (int i = 0; i < chosen.length; i++) {
      Collection<DeviceAddress> own = addresses.apply(devices.get(i));
      chosen[i] = left.stream().filter(r -> isNear(own, r)).findFirst().orElse(null);
      left.remove(chosen[i]);
    }
    for (int i = 0; i < chosen.length; i++) {
      WorkerRoute endpoint = chosen[i];
      if (endpoint == null) {
        endpoint = left.isEmpty() ? endpoints.get(i % endpoints.size()) : left.remove(0);
      }
      chosen[i] = new WorkerRoute(endpoint.endpoint(), devices.get(i), endpoint.workerDevice());
    }
    return List.of(chosen);
  }

  /**
   * Routes to one service that has several endpoints: over every device to the first one, then what
   * {@link #routes} gives for the others.
   *
   * @param known where the service was found
   * @param further its other endpoints, perhaps none
   */
  public List<WorkerRoute> alternatives(
      List<String> devices, Endpoint known, List<WorkerRoute> further) {
    Set<WorkerRoute> routes = new LinkedHashSet<>(alternatives(devices, known));
    if (!further.isEmpty()) {
      routes.addAll(routes(devices, further));
    }
    return List.copyOf(routes);
  }

  /**
   * Every device's route to one endpoint, those in its subnet first; without devices the kernel's.
   */
  List<WorkerRoute> alternatives(List<String> devices, Endpoint endpoint) {
    WorkerRoute plain = new WorkerRoute(endpoint, "", "");
    if (devices.isEmpty()) {
      return List.of(plain);
    }
    return devices.stream()
        .sorted(Comparator.comparing(device -> !isNear(addresses.apply(device), plain)))
        .map(device -> new WorkerRoute(endpoint, device, ""))
        .toList();
  }

  private static boolean isNear(Collection<DeviceAddress> own, WorkerRoute route) {
    InetAddress peer = numeric(route.endpoint().host());
    return peer != null && own.stream().anyMatch(address -> address.isInSubnet(peer));
  }

  /** Null where the host is a name, whose look-up could block. */
  private static InetAddress numeric(String host) {
    boolean name = host.indexOf(':') < 0 && !host.matches("[0-9.]+");
    try {
      return name ? null : InetAddress.getByName(host);
    } catch (UnknownHostException e) {
      // Digits and dots that are no address; the connect will say so.
      return null;
    }
  }
}
