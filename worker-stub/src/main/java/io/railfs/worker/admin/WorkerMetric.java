// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.admin;

import static io.railfs.telemetry.Metric.Kind.COUNTER;
import static io.railfs.telemetry.Metric.Kind.GAUGE;
import static io.railfs.telemetry.Metric.Kind.HISTOGRAM;
import static io.railfs.telemetry.Metric.Unit.BYTES;
import static io.railfs.telemetry.Metric.Unit.NONE;
import static io.railfs.telemetry.Metric.Unit.SECONDS;

import io.railfs.telemetry.Metric;

/** Metrics of a worker. */
public enum WorkerMetric implements Metric {
  RAIL(
      "railfs.worker.rail",
      COUNTER,
      BYTES,
      "Bytes by service (data, rpc; rdma, whose rail is the RDMA device and its port) and rail, the"
          + " device that the service is bound to, empty where it is bound to none; direction is in (frames of requests) or out (payload of"
          + " replies; of rpc, whose replies have none, their frames).",
      "service",
      "rail",
      "direction"),
  RDMA_CONNECTIONS(
      "railfs.worker.rdma.connections",
      GAUGE,
      NONE,
      "RDMA connections of clients, those that are being ended included; rail is the RDMA device"
          + " and its port.",
      "rail"),
  RDMA_BUFFERS(
      "railfs.worker.rdma.buffers",
      GAUGE,
      NONE,
      "Registered buffers in which answers are being filled or sent over RDMA; 0 where nobody"
          + " reads.",
      "rail"),
  CONNECTIONS("railfs.worker.connections", GAUGE, NONE, "Clients' connections to both services."),
  DISMISSED(
      "railfs.worker.connections.dismissed",
      COUNTER,
      NONE,
      "Connections that the worker closed, by reason: connections and address (there were too many,"
          + " in all or of one address), newcomer (it had said no HELLO and gave way to another),"
          + " handshake (said no HELLO), frame (did not end a request), memory (a large one that"
          + " was on its way found no room), stall (took too little of its replies), idle (asked"
          + " nothing), send (a reply could not be sent whole), untrusted (did not prove what"
          + " railfs.security asks for), withdrawn (its secret is not accepted any more), protocol"
          + " (broke it).",
      "reason"),
  ACCEPT_FAILURES(
      "railfs.worker.accept.failures",
      COUNTER,
      NONE,
      "Times that the services could not take a connection, mostly for want of descriptors (ulimit"
          + " -n); they try again a second later."),
  STORE_READS(
      "railfs.worker.store.reads",
      COUNTER,
      NONE,
      "Reads of a block that the store answered (result is hit) or that waited for the UFS (miss).",
      "result"),
  BLOCK_DURATION(
      "railfs.worker.block.duration",
      HISTOGRAM,
      SECONDS,
      "Time to get a block: level is store (a stored one whose file was not open yet was opened) or"
          + " ufs (loaded). What is read from an open file costs no time worth counting.",
      "level"),
  LOADS("railfs.worker.loads", COUNTER, NONE, "Blocks loaded from the UFS."),
  LOADED("railfs.worker.loaded", COUNTER, BYTES, "Bytes loaded from the UFS."),
  LOAD_FAILURES("railfs.worker.load.failures", COUNTER, NONE, "Loads that failed."),
  BULK_LOADS(
      "railfs.worker.bulk.loads",
      GAUGE,
      NONE,
      "Blocks that were asked for by railfs load and wait or are being loaded."),
  EVICTIONS("railfs.worker.evictions", COUNTER, NONE, "Blocks evicted to make room."),
  FREED("railfs.worker.freed", COUNTER, NONE, "Blocks freed because somebody asked for it."),
  QUARANTINED(
      "railfs.worker.quarantined", COUNTER, NONE, "Damaged blocks put aside and loaded again."),
  UNSTORED(
      "railfs.worker.unstored",
      COUNTER,
      NONE,
      "Blocks served from memory because no directory took them."),
  ERRORS(
      "railfs.worker.errors",
      COUNTER,
      NONE,
      "Requests answered with an error, by the error codes of the protocol. ufs_failed,"
          + " worker_failed and busy are troubles; not_found and stale are the ordinary life of"
          + " programs.",
      "kind"),
  LISTINGS("railfs.worker.listings", GAUGE, NONE, "Listings of directories that are remembered."),
  LISTING_BYTES(
      "railfs.worker.listings.memory",
      GAUGE,
      BYTES,
      "What they take of the heap, with those that clients still receive; at most"
          + " railfs.worker.listings.memory."),
  LISTING_REQUESTS(
      "railfs.worker.listings.requests",
      COUNTER,
      NONE,
      "Requests for listings by where they came from: remembered, joined (one that was on its way"
          + " from the UFS for somebody else) or ufs (the UFS was asked).",
      "from"),
  LISTINGS_DROPPED(
      "railfs.worker.listings.dropped",
      COUNTER,
      NONE,
      "Remembered listings that left early: reason is memory (there was no room for all) or changed"
          + " (their directory was seen to change).",
      "reason"),
  DRAINING("railfs.worker.draining", GAUGE, NONE, "Whether the worker refuses loads: 1, else 0."),
  DIRECTORY_CAPACITY(
      "railfs.worker.directory.capacity",
      GAUGE,
      BYTES,
      "What a directory of the store may hold.",
      "directory"),
  DIRECTORY_USED(
      "railfs.worker.directory.used",
      GAUGE,
      BYTES,
      "What a directory of the store holds.",
      "directory"),
  DIRECTORY_PINNED(
      "railfs.worker.directory.pinned",
      GAUGE,
      BYTES,
      "What is never evicted from a directory of the store.",
      "directory"),
  DIRECTORY_BLOCKS(
      "railfs.worker.directory.blocks",
      GAUGE,
      NONE,
      "Blocks in a directory of the store.",
      "directory"),
  DIRECTORY_HEALTHY(
      "railfs.worker.directory.healthy",
      GAUGE,
      NONE,
      "Whether a directory of the store is in full use: 1; 0 where it failed and is disabled.",
      "directory"),
  DIRECTORY_FAILURES(
      "railfs.worker.directory.failures",
      COUNTER,
      NONE,
      "Operations of a directory of the store that failed; operation is read or write.",
      "directory",
      "operation"),
  DISK_OPERATIONS(
      "railfs.worker.disk.operations",
      COUNTER,
      NONE,
      "Reads and writes of the disk below a directory of the store, of all programs, as the kernel"
          + " counts them.",
      "directory",
      "operation"),
  DISK_TIME(
      "railfs.worker.disk.time",
      COUNTER,
      SECONDS,
      "Time that these took, waiting included; divided by their number it shows a slow disk.",
      "directory",
      "operation"),
  UFS_UP(
      "railfs.worker.ufs.up",
      GAUGE,
      NONE,
      "Whether a UFS is what it should be and answers: 1, else 0; ufs is its place in the"
          + " namespace, / for the one at the root.",
      "ufs",
      "uri"),
  UFS_REQUESTS(
      "railfs.worker.ufs.requests",
      COUNTER,
      NONE,
      "What a UFS was asked, by operation (stat, list, read, xattrs, space), whatever came of it; a"
          + " read is a block or a part of one.",
      "ufs",
      "operation"),
  UFS_DURATION(
      "railfs.worker.ufs.duration",
      HISTOGRAM,
      SECONDS,
      "Time of these, tries and pauses included; of a listing that of its first page.",
      "ufs",
      "operation"),
  UFS_ERRORS(
      "railfs.worker.ufs.errors",
      COUNTER,
      NONE,
      "Of these, those that failed, by kind: denied, unreachable (no connection), timeout,"
          + " throttled (it wanted fewer requests to the end), changed (the file became another one"
          + " meanwhile), limited (railfs.worker.ufs-limits left no room), other. What does not"
          + " exist is no error.",
      "ufs",
      "kind"),
  UFS_READ("railfs.worker.ufs.read", COUNTER, BYTES, "Bytes of files read from a UFS.", "ufs"),
  UFS_THROTTLED(
      "railfs.worker.ufs.throttled",
      COUNTER,
      NONE,
      "Answers of a store that wanted fewer requests (503 SlowDown, 429), those whose requests were"
          + " tried again with success too.",
      "ufs");

  private final String id;
  private final Kind kind;
  private final Unit unit;
  private final String meaning;
  private final String tags;

  WorkerMetric(String id, Kind kind, Unit unit, String meaning, String... tags) {
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
