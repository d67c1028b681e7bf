// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.probe;

import io.railfs.client.Endpoint;
import io.railfs.client.net.RouteResolver;
import io.railfs.protocol.messages.HelloReply;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * The routes to the content of a worker that a mount would take, for programs that measure them.
 */
public final class DataRoutes {
  private DataRoutes() {}

  /**
   * One route.
   *
   * @param endpoint of the worker's data service
   * @param device of this machine, empty for the kernel's routing
   */
  public record DataRoute(Endpoint endpoint, String device) {}

  /**
   * In the order of the devices; without devices one for each endpoint.
   *
   * @param hello of the worker
   * @param rpc where it came from
   * @param devices of this machine, perhaps none
   */
  public static List<DataRoute> of(HelloReply hello, InetSocketAddress rpc, List<String> devices) {
    return of(new RouteResolver(), hello, rpc, devices);
  }

  public static List<DataRoute> of(
      RouteResolver resolver, HelloReply hello, InetSocketAddress rpc, List<String> devices) {
    return resolver
        .routes(devices, RouteResolver.endpoints(hello.getDataEndpointsList(), rpc))
        .stream()
        .map(route -> new DataRoute(route.endpoint(), route.device()))
        .toList();
  }
}
