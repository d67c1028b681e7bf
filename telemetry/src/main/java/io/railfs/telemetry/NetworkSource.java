// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.telemetry;

import static java.util.Objects.requireNonNull;

import io.railfs.fabric.Devices;
import io.railfs.fabric.facts.HcaPort;
import io.railfs.fabric.facts.Traffic;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/** The network of the machine: devices that the settings name, and the ports of RDMA adapters. */
public final class NetworkSource implements MetricSource {
  private final Path root;
  private final Set<String> devices;

  /**
   * @param root of the machine's files: /
   * @param devices those that the settings name
   */
  public NetworkSource(Path root, Set<String> devices) {
    this.root = requireNonNull(root, "root is null");
    this.devices = new TreeSet<>(devices);
  }

  @Override
  public void collect(MetricSink sink) {
    Map<String, Traffic> traffic = devices.isEmpty() ? Map.of() : Traffic.all(root);
    for (String device : devices) {
      Traffic bytes = traffic.get(device);
      if (bytes != null) {
        sink.value(ProcessMetric.DEVICE, bytes.received(), device, "in");
        sink.value(ProcessMetric.DEVICE, bytes.sent(), device, "out");
      }
      boolean usable = bytes != null && Devices.problem(device).isEmpty();
      sink.value(ProcessMetric.DEVICE_USABLE, usable ? 1L : 0L, device);
      HcaPort.of(root, device).ifPresent(port -> bytes(sink, device, port));
    }
    for (HcaPort port : HcaPort.all(root)) {
      String number = String.valueOf(port.number());
      sink.value(
          ProcessMetric.PORT_ACTIVE,
          port.isActive() ? 1L : 0L,
          port.hca(),
          number,
          port.linkLayer().toLowerCase(Locale.ROOT));
      bytes(sink, port, port.receivedBytes(), "in");
      bytes(sink, port, port.sentBytes(), "out");
    }
  }

  private static void bytes(MetricSink sink, String device, HcaPort port) {
    String number = String.valueOf(port.number());
    port.receivedBytes()
        .ifPresent(
            bytes ->
                sink.value(ProcessMetric.DEVICE_PORT, bytes, device, port.hca(), number, "in"));
    port.sentBytes()
        .ifPresent(
            bytes ->
                sink.value(ProcessMetric.DEVICE_PORT, bytes, device, port.hca(), number, "out"));
  }

  private static void bytes(MetricSink sink, HcaPort port, OptionalLong bytes, String direction) {
    if (bytes.isPresent()) {
      sink.value(
          ProcessMetric.PORT,
          bytes.getAsLong(),
          port.hca(),
          String.valueOf(port.number()),
          direction);
    }
  }
}
