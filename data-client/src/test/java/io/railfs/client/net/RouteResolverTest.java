// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.railfs.client.Endpoint;
import io.railfs.client.probe.DataRoutes;
import io.railfs.fabric.DeviceAddress;
import io.railfs.protocol.messages.DataEndpoint;
import io.railfs.protocol.messages.HelloReply;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class RouteResolverTest {
  private static final List<String> BOTH = List.of("ib0", "ib1");

  private final RouteResolver pairing = pairing(Map.of("ib0", "10.0.0.7", "ib1", "10.0.1.7"));

  @Test
  void devicesTakeTheEndpointsOfTheirSubnetsWhateverTheOrder() {
    assertThat(pairs(pairing, BOTH, "10.0.1.1", "10.0.0.1"))
        .containsExactly("ib0 10.0.0.1", "ib1 10.0.1.1");
  }

  @Test
  void devicesInNoSubnetTakeWhatIsLeftByOrder() {
    assertThat(pairs(pairing, BOTH, "10.9.0.1", "10.0.0.1"))
        .containsExactly("ib0 10.0.0.1", "ib1 10.9.0.1");
    assertThat(pairs(pairing, BOTH, "10.8.0.1", "10.9.0.1"))
        .containsExactly("ib0 10.8.0.1", "ib1 10.9.0.1");
  }

  @Test
  void devicesOfOneSubnetTakeDifferentEndpoints() {
    RouteResolver flat = pairing(Map.of("ib0", "10.0.0.7", "ib1", "10.0.0.8"));
    assertThat(pairs(flat, BOTH, "10.0.0.1", "10.0.0.2"))
        .containsExactly("ib0 10.0.0.1", "ib1 10.0.0.2");
  }

  @Test
  void deviceWithoutAnEndpointOfItsOwnSharesOne() {
    assertThat(pairs(pairing, BOTH, "10.0.1.1")).containsExactly("ib0 10.0.1.1", "ib1 10.0.1.1");
  }

  @Test
  void endpointWithoutADeviceIsNotUsed() {
    assertThat(pairs(pairing, List.of("ib1"), "10.0.0.1", "10.0.1.1"))
        .containsExactly("ib1 10.0.1.1");
  }

  @Test
  void withoutDevicesEveryEndpointIsARoute() {
    assertThat(pairs(pairing, List.of(), "10.0.0.1", "10.0.1.1"))
        .containsExactly(" 10.0.0.1", " 10.0.1.1");
  }

  @Test
  void nearestDeviceIsTriedFirstForOneEndpoint() {
    assertThat(pairing.alternatives(BOTH, new Endpoint("10.0.1.1", 1)))
        .extracting(WorkerRoute::device)
        .containsExactly("ib1", "ib0");
    assertThat(pairing.alternatives(BOTH, new Endpoint("worker-1", 1)))
        .extracting(WorkerRoute::device)
        .containsExactly("ib0", "ib1");
  }

  @Test
  void thoseWhoMeasureTakeTheWaysOfAMountAlsoWithTwoRailsInOneSubnet() throws Exception {
    RouteResolver flat = pairing(Map.of("ib0", "10.0.0.7", "ib1", "10.0.0.8"));
    HelloReply hello =
        HelloReply.newBuilder()
            .addDataEndpoints(DataEndpoint.newBuilder().setAddress("10.0.0.1").setPort(29997))
            .addDataEndpoints(DataEndpoint.newBuilder().setAddress("10.0.0.2").setPort(29997))
            .build();
    InetSocketAddress rpc = new InetSocketAddress(InetAddress.getByName("10.0.0.1"), 29999);
    assertThat(DataRoutes.of(flat, hello, rpc, BOTH))
        .containsExactly(
            new DataRoutes.DataRoute(new Endpoint("10.0.0.1", 29997), "ib0"),
            new DataRoutes.DataRoute(new Endpoint("10.0.0.2", 29997), "ib1"));
  }

  private static List<String> pairs(RouteResolver pairing, List<String> devices, String... hosts) {
    List<WorkerRoute> endpoints =
        Stream.of(hosts).map(host -> new WorkerRoute(new Endpoint(host, 29997), "", "")).toList();
    return pairing.routes(devices, endpoints).stream()
        .map(route -> route.device() + " " + route.endpoint().host())
        .toList();
  }

  private static RouteResolver pairing(Map<String, String> addresses) {
    return new RouteResolver(
        device -> {
          List<DeviceAddress> own = new ArrayList<>();
          try {
            String address = addresses.get(device);
            own.add(new DeviceAddress(InetAddress.getByName(address), 24));
          } catch (UnknownHostException e) {
            throw new AssertionError(e);
          }
          return own;
        });
  }
}
