package io.railfs.client;

import io.railfs.fabric.DeviceAddress;
import io.railfs.fabric.Devices;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/**
 * Decides which device of this machine talks to which of a worker's endpoints: first those in the
 * same subnet, then what is left by its order. A device that finds no endpoint left shares one; an
 * endpoint that finds no device left is not used.
 */
final class RouteResolver {
  private final Function<String, ? extends Collection<DeviceAddress>> addresses;

  RouteResolver() {
    this(Devices::addresses);
  }

  /**
   * @param addresses tells those of a device, none where there is no such device
   */
  RouteResolver(Function<String, ? extends Collection<DeviceAddress>> addresses) {
    this.addresses = addresses;
  }

  /**
   * Routes in the order of the devices; without devices one for each endpoint.
   *
   * @param devices names, perhaps none
   * @param endpoints routes without a device, at least one
   */
  List<WorkerRoute> routes(List<String> devices, List<WorkerRoute> endpoints) {
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
   * Every device's way to one endpoint, those in its subnet first; without devices the kernel's.
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
