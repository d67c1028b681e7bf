// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.facts;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The main routing table of IPv4, from /proc/net/route. Rules of further tables are not in it. */
public final class RouteTable {
  private static final int DEVICE = 0;
  private static final int DESTINATION = 1;
  private static final int FLAGS = 3;
  private static final int METRIC = 6;
  private static final int MASK = 7;
  private static final int UP = 1;
  private static final int HEXADECIMAL = 16;

  private final List<Route> routes;

  private record Route(String device, int destination, int mask, long metric) {
    boolean leadsTo(int address) {
      return (address & mask) == destination;
    }
  }

  private RouteTable(List<Route> routes) {
    this.routes = routes;
  }

  /** Empty where the file is not there. */
  public static RouteTable of(Path root) {
    List<Route> routes = new ArrayList<>();
    KernelFile.text(root.resolve("proc/net/route"))
        .orElse("")
        .lines()
        .skip(1)
        .map(line -> line.strip().split("\\s+", -1))
        .filter(columns -> columns.length > MASK)
        .filter(columns -> (Integer.parseInt(columns[FLAGS], HEXADECIMAL) & UP) != 0)
        .forEach(
            columns ->
                routes.add(
                    new Route(
                        columns[DEVICE],
                        bits(columns[DESTINATION]),
                        bits(columns[MASK]),
                        Long.parseLong(columns[METRIC]))));
    return new RouteTable(routes);
  }

  /**
   * The kernel writes addresses in its own order of bytes, which is little-endian on all we run.
   */
  private static int bits(String text) {
    int bits = Integer.parseUnsignedInt(text, HEXADECIMAL);
    return ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? Integer.reverseBytes(bits) : bits;
  }

  /** The interface that the kernel takes for an address; empty where no route leads there. */
  public Optional<String> device(InetAddress address) {
    if (!(address instanceof Inet4Address)) {
      return Optional.empty();
    }
    int wanted = ByteBuffer.wrap(address.getAddress()).getInt();
    return routes.stream()
        .filter(route -> route.leadsTo(wanted))
        .max(
            Comparator.comparingInt((Route route) -> Integer.bitCount(route.mask))
                .thenComparing(Comparator.comparingLong(Route::metric).reversed()))
        .map(Route::device);
  }
}
