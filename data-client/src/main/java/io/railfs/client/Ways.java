package io.railfs.client;

import io.railfs.protocol.messages.DataEndpoint;
import io.railfs.protocol.messages.HelloReply;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** By which routes the services of a worker are reached over the devices of the settings. */
final class Ways {
  private final RouteResolver pairing = new RouteResolver();
  private final List<String> rpcDevices;
  private final List<String> dataDevices;

  Ways(ClientSettings settings) {
    rpcDevices = settings.rpcDevices();
    dataDevices = settings.dataDevices();
  }

  /**
   * To the rpc service, before it has answered.
   *
   * @param told one for each rail of the worker, without a device of this machine
   */
  List<WorkerRoute> to(List<WorkerRoute> told) {
    return toRpc(told.get(0).endpoint(), told.size() > 1 ? told : List.of());
  }

  /**
   * To the rpc service as the worker tells it.
   *
   * @param known where it was found
   * @param remote where the greeting came from
   */
  List<WorkerRoute> toRpc(Endpoint known, HelloReply hello, InetSocketAddress remote) {
    return toRpc(known, routes(hello.getRpcEndpointsList(), remote));
  }

  private List<WorkerRoute> toRpc(Endpoint known, List<WorkerRoute> further) {
    Set<WorkerRoute> ways = new LinkedHashSet<>(pairing.alternatives(rpcDevices, known));
    if (!further.isEmpty()) {
      ways.addAll(pairing.routes(rpcDevices, further));
    }
    return List.copyOf(ways);
  }

  /** To the data service as the worker tells it. */
  List<WorkerRoute> toData(HelloReply hello, InetSocketAddress remote) {
    return pairing.routes(dataDevices, routes(hello.getDataEndpointsList(), remote));
  }

  /** Without a device, each as it is told; where no address is told, the one that was asked. */
  static List<WorkerRoute> routes(List<DataEndpoint> told, InetSocketAddress remote) {
    List<WorkerRoute> routes = new ArrayList<>();
    for (DataEndpoint one : told) {
      String host = one.getAddress().isBlank() ? hostOf(remote) : one.getAddress();
      routes.add(new WorkerRoute(new Endpoint(host, one.getPort()), "", one.getDevice()));
    }
    return routes;
  }

  /** Without the scope, which the way's own device gives. */
  private static String hostOf(InetSocketAddress remote) {
    String host = remote.getAddress().getHostAddress();
    int scope = host.indexOf('%');
    return scope < 0 ? host : host.substring(0, scope);
  }
}
