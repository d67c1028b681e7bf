// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount;

import static io.railfs.telemetry.Metric.Kind.COUNTER;
import static io.railfs.telemetry.Metric.Kind.GAUGE;
import static io.railfs.telemetry.Metric.Kind.HISTOGRAM;
import static io.railfs.telemetry.Metric.Unit.BYTES;
import static io.railfs.telemetry.Metric.Unit.NONE;
import static io.railfs.telemetry.Metric.Unit.SECONDS;

import io.railfs.telemetry.Metric;

/** Metrics of a mount. */
public enum MountMetric implements Metric {
  READ("railfs.mount.read", COUNTER, BYTES, "Bytes of files given to programs."),
  READ_DURATION(
      "railfs.mount.read.duration",
      HISTOGRAM,
      SECONDS,
      "Time of reads: level is cache (all of it was in the page cache), worker (it waited for a"
          + " worker) or error. The sum is an estimate, right to an eighth.",
      "level"),
  CACHE_READS(
      "railfs.mount.cache.reads",
      COUNTER,
      NONE,
      "Reads that the page cache answered (result is hit) or that waited for a worker (miss). What"
          + " the kernel's own page cache answers does not come to RailFS and is not counted.",
      "result"),
  CACHE("railfs.mount.cache", GAUGE, BYTES, "Page cache in use."),
  CACHE_HELD(
      "railfs.mount.cache.held",
      GAUGE,
      BYTES,
      "Of these, what readers and fetches hold though it has left the cache; 0 when nobody reads."),
  CACHE_LIMIT("railfs.mount.cache.limit", GAUGE, BYTES, "Page cache that there may be."),
  PREFETCH_FETCHED(
      "railfs.mount.prefetch.fetched",
      COUNTER,
      BYTES,
      "Bytes fetched before a program wanted them."),
  PREFETCH_READ("railfs.mount.prefetch.read", COUNTER, BYTES, "Of these, bytes read since."),
  PREFETCH_WASTED(
      "railfs.mount.prefetch.wasted", COUNTER, BYTES, "Of these, bytes given up unread."),
  OPERATIONS(
      "railfs.mount.operations",
      COUNTER,
      NONE,
      "What the kernel asked, by operation; reads that gave no byte are not counted.",
      "operation"),
  ERRORS(
      "railfs.mount.errors",
      COUNTER,
      NONE,
      "Operations that failed, by kind. deadline, unreachable, io, stale and defect are troubles;"
          + " the others are the ordinary life of programs.",
      "kind"),
  OPEN_HANDLES("railfs.mount.open.handles", GAUGE, NONE, "Files and directories open now."),
  NAMES("railfs.mount.names", GAUGE, NONE, "Names, in each version, that the kernel holds."),
  NAMES_MEMORY("railfs.mount.names.memory", GAUGE, BYTES, "Memory of these."),
  NAMES_MEMORY_LIMIT(
      "railfs.mount.names.memory.limit", GAUGE, BYTES, "Memory of names that there may be."),
  NAMES_TAKEN_BACK(
      "railfs.mount.names.taken.back",
      COUNTER,
      NONE,
      "Names that the kernel had to look up again, or to forget."),
  NAMES_RECLAIMED(
      "railfs.mount.names.reclaimed",
      COUNTER,
      NONE,
      "Of these, names that it had to forget because their memory was nearly used up."),
  RAIL(
      "railfs.mount.rail",
      COUNTER,
      BYTES,
      "Bytes of file content's frames between this mount and a worker, by rail: rail is the device"
          + " here, worker_rail the one at the worker, both empty where the kernel's routing"
          + " chooses; direction is in or out.",
      "worker",
      "rail",
      "worker_rail",
      "direction"),
  LOCAL(
      "railfs.mount.local",
      COUNTER,
      BYTES,
      "Bytes of blocks that were read on this host, from the files that a worker lends (transport"
          + " local), by the rail over which the worker was asked for them; they are not among"
          + " those of railfs.mount.rail.",
      "worker",
      "rail",
      "worker_rail"),
  RDMA(
      "railfs.mount.rdma",
      COUNTER,
      BYTES,
      "Bytes of messages with blocks that came over RDMA (transport rdma), by the rail over which the"
          + " worker was asked for the connection; they are not among those of railfs.mount.rail.",
      "worker",
      "rail",
      "worker_rail"),
  TRANSPORT(
      "railfs.mount.transport",
      GAUGE,
      NONE,
      "What brings the bytes of blocks over a rail now: 1 for the transport that does (tcp,"
          + " local or rdma), 0 for the others; 'railfs stats' has the reason where it is tcp though"
          + " the settings prefer another one.",
      "worker",
      "rail",
      "worker_rail",
      "transport"),
  RAIL_CONNECTIONS(
      "railfs.mount.rail.connections",
      GAUGE,
      NONE,
      "Data connections that are open. They are opened when a read wants them and closed when they"
          + " are idle (railfs.client.data.idle-timeout): 0 is no trouble, see"
          + " railfs.mount.rail.down.",
      "worker",
      "rail",
      "worker_rail"),
  RAIL_DOWN(
      "railfs.mount.rail.down",
      GAUGE,
      NONE,
      "Whether a data connection was wanted and cannot be had: 1; 0 where there is one, or none is"
          + " wanted.",
      "worker",
      "rail",
      "worker_rail"),
  IN_FLIGHT("railfs.mount.in.flight", GAUGE, BYTES, "Bytes asked for and not received yet."),
  FETCHES_WAITING(
      "railfs.mount.fetches.waiting",
      GAUGE,
      NONE,
      "Fetches that wait because railfs.client.data.in-flight-limit is reached."),
  WORKER_CONNECTED(
      "railfs.mount.worker.connected",
      GAUGE,
      NONE,
      "Whether a worker can be used, as far as is known: 1, else 0.",
      "worker"),
  FETCHES(
      "railfs.mount.worker.fetches",
      COUNTER,
      NONE,
      "Attempts to fetch file content from a worker.",
      "worker"),
  RETRIES(
      "railfs.mount.worker.retries",
      COUNTER,
      NONE,
      "Those attempts that were not the first of their fetch.",
      "worker"),
  CHECKSUM_FAILURES(
      "railfs.mount.worker.checksum.failures",
      COUNTER,
      NONE,
      "Chunks that came with a wrong checksum; they were fetched again.",
      "worker"),
  FALLBACKS(
      "railfs.mount.worker.fallbacks",
      COUNTER,
      NONE,
      "Data connections that were opened outside the devices that the settings name.",
      "worker"),
  TRANSPORT_FALLBACKS(
      "railfs.mount.worker.transport.fallbacks",
      COUNTER,
      NONE,
      "How often TCP took over from another transport that the settings name alone, which needs"
          + " railfs.fabric.fallback.",
      "worker"),
  WORKER_HEALTH(
      "railfs.mount.worker.health",
      GAUGE,
      NONE,
      "How the mount finds a worker: 1 for the health that holds (healthy, suspect, down or"
          + " probing), 0 for the others.",
      "worker",
      "health"),
  WORKER_SERVING(
      "railfs.mount.worker.serving",
      GAUGE,
      NONE,
      "Whether a worker says that it takes fetches: 1; 0 while it starts or drains.",
      "worker"),
  HEDGES(
      "railfs.mount.hedges",
      COUNTER,
      NONE,
      "Fetches that were slow and so asked of another worker too; won are those that the other one"
          + " ended first.",
      "result"),
  MEMBERSHIP_AGE(
      "railfs.mount.membership.age",
      GAUGE,
      SECONDS,
      "Time since etcd answered last; the workers known then stay in use. 0 where the settings name"
          + " them."),
  PLACEMENTS(
      "railfs.mount.placements",
      COUNTER,
      NONE,
      "How often the placement of blocks has changed because workers came or went."),
  WORKER_LOST(
      "railfs.mount.worker.lost",
      GAUGE,
      SECONDS,
      "Time since a worker was seen that left etcd without saying so; for a day, or until it is"
          + " back.",
      "worker");

  private final String id;
  private final Kind kind;
  private final Unit unit;
  private final String meaning;
  private final String tags;

  MountMetric(String id, Kind kind, Unit unit, String meaning, String... tags) {
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
