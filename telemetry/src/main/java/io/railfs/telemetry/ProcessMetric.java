// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.telemetry;

import static io.railfs.telemetry.Metric.Kind.COUNTER;
import static io.railfs.telemetry.Metric.Kind.GAUGE;
import static io.railfs.telemetry.Metric.Unit.BYTES;
import static io.railfs.telemetry.Metric.Unit.NONE;
import static io.railfs.telemetry.Metric.Unit.SECONDS;

/** Metrics of a mount's or worker's process and of the machine's network. */
public enum ProcessMetric implements Metric {
  INFO("railfs.build.info", GAUGE, NONE, "Always 1; the release that runs.", "version"),
  UPTIME("railfs.process.uptime", GAUGE, SECONDS, "Time since the process began."),
  CPU("railfs.process.cpu", COUNTER, SECONDS, "Processor time used, of all threads together."),
  RESIDENT("railfs.process.resident", GAUGE, BYTES, "Physical memory in use (RSS), all included."),
  RESIDENT_PEAK(
      "railfs.process.resident.peak", GAUGE, BYTES, "The most physical memory ever in use."),
  MEMORY_LIMIT(
      "railfs.process.memory.limit",
      GAUGE,
      BYTES,
      "What the process may use in all: railfs.mount.memory-limit of a mount, heap and direct"
          + " memory together of a worker."),
  HEAP("railfs.process.heap", GAUGE, BYTES, "Java heap in use, garbage included."),
  HEAP_LIMIT("railfs.process.heap.limit", GAUGE, BYTES, "Java heap that there may be."),
  DIRECT(
      "railfs.process.direct",
      GAUGE,
      BYTES,
      "Off-heap memory of buffers: pool is jvm (page slab, load buffers) or network.",
      "pool"),
  DIRECT_LIMIT(
      "railfs.process.direct.limit", GAUGE, BYTES, "Off-heap memory that there may be.", "pool"),
  NETWORK_BUFFERS(
      "railfs.process.network.buffers",
      GAUGE,
      BYTES,
      "What buffers in use take of the network's off-heap memory; the rest of it waits to be used"
          + " again."),
  GC("railfs.process.gc", COUNTER, SECONDS, "Time spent in garbage collections."),
  THREADS("railfs.process.threads", GAUGE, NONE, "Java threads."),
  SECURITY_RELOADS(
      "railfs.security.reloads",
      COUNTER,
      NONE,
      "Times that files of railfs.security had changed: result is ok where they came into use, failed"
          + " where they cannot be used and what was read before stays.",
      "result"),
  OPEN_FILES("railfs.process.open.files", GAUGE, NONE, "File descriptors in use."),
  DEVICE(
      "railfs.device",
      COUNTER,
      BYTES,
      "Bytes of all programs through a network device that the settings name, as the kernel counts"
          + " them; direction is in or out.",
      "device",
      "direction"),
  DEVICE_USABLE(
      "railfs.device.usable",
      GAUGE,
      NONE,
      "Whether a network device that the settings name can carry traffic: 1, else 0.",
      "device"),
  DEVICE_PORT(
      "railfs.device.port",
      COUNTER,
      BYTES,
      "Bytes of all programs through the port of an RDMA adapter that a network device of the"
          + " settings stands on, as its hardware counts them: what goes over RDMA is among them"
          + " and not among those of railfs.device. Without a value where the driver does not"
          + " count; direction is in or out.",
      "device",
      "hca",
      "port",
      "direction"),
  PORT(
      "railfs.infiniband.port",
      COUNTER,
      BYTES,
      "Bytes of all programs through a port of an RDMA adapter, as its hardware counts them;"
          + " direction is in or out.",
      "hca",
      "port",
      "direction"),
  PORT_ACTIVE(
      "railfs.infiniband.port.active",
      GAUGE,
      NONE,
      "Whether a port of an RDMA adapter is active: 1, else 0.",
      "hca",
      "port",
      "link_layer");

  private final String id;
  private final Kind kind;
  private final Unit unit;
  private final String meaning;
  private final String tags;

  ProcessMetric(String id, Kind kind, Unit unit, String meaning, String... tags) {
    this.id = id;
    this.kind = kind;
    this.unit = unit;
    this.meaning = meaning;
    this.tags = String.join(" ", tags);
  }

  @Override
  public Info info() {
    return Info.of(id, kind, unit, meaning, tags);
  }
}
