// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Every check, in the order of a report. Names are the same in every release: scripts choose checks
 * by them, and docs/DOCTOR.md has a section of this name for each. One check may look at several
 * things, each of which is a finding of its own: the ports, the devices, the workers.
 */
public enum CheckId {
  MOUNT_CONF(Scope.MACHINE),
  WORKER_CONF(Scope.MACHINE),
  SYSFS(Scope.MACHINE),
  MODULES(Scope.MACHINE),
  DRIVER_ORIGIN(Scope.MACHINE),
  BOOT_MODULES(Scope.MACHINE),
  PORT_STATE(Scope.MACHINE),
  LINK_LAYER(Scope.MACHINE),
  SUBNET_MANAGER(Scope.MACHINE),
  STANDBY_SUBNET_MANAGER(Scope.MACHINE),
  PORT_RATE(Scope.MACHINE),
  PKEY(Scope.MACHINE),
  PORT_ERRORS(Scope.MACHINE),
  FIRMWARE(Scope.MACHINE),
  PCIE_LINK(Scope.MACHINE),
  PCIE_ERRORS(Scope.MACHINE),
  NUMA_NODE(Scope.MACHINE),
  IRQ_AFFINITY(Scope.MACHINE),
  LINK(Scope.MACHINE),
  IPOIB_MTU(Scope.MACHINE),
  MTU(Scope.MACHINE),
  ADDRESS(Scope.MACHINE),
  BOOT_ADDRESS(Scope.MACHINE),
  QUEUES(Scope.MACHINE),
  RINGS(Scope.MACHINE),
  OFFLOADS(Scope.MACHINE),
  ONE_SUBNET(Scope.MACHINE),
  BOOT_SYSCTL(Scope.MACHINE),
  PERSISTENT_NAME(Scope.MACHINE),
  CPU_GOVERNOR(Scope.MACHINE),
  CPU_QUOTA(Scope.MACHINE),
  TCP_BUFFERS(Scope.MACHINE),
  NEIGHBOUR_TABLE(Scope.MACHINE),
  CONNECTION_TRACKING(Scope.MACHINE),
  FIREWALL(Scope.MACHINE),
  MEMLOCK(Scope.MACHINE),
  OPEN_FILES(Scope.MACHINE),
  READAHEAD(Scope.MACHINE),
  INTERFACES(Scope.MACHINE),
  RDMA_READINESS(Scope.MACHINE),
  RDMA_DEVICE(Scope.MACHINE),
  RDMA_NETNS(Scope.MACHINE),
  IPC_LOCK(Scope.MACHINE),
  POD_GID(Scope.MACHINE),
  POD_MTU(Scope.MACHINE),
  FUSE_DEVICE(Scope.MACHINE),
  FUSERMOUNT(Scope.MACHINE),
  LIBFUSE(Scope.MACHINE),
  ALLOW_OTHER(Scope.MACHINE),
  UFS_ANSWERS(Scope.UFS),
  SECURITY(Scope.WORKER),
  ETCD(Scope.WORKER),
  RPC(Scope.WORKER),
  CLOCK(Scope.WORKER),
  ROUTE(Scope.RAIL),
  REACH(Scope.RAIL),
  PATH_MTU(Scope.RAIL),
  BASELINE(Scope.RAIL),
  COUNTERS(Scope.RAIL, Scope.READ),
  RAIL_ERRORS(Scope.RAIL),
  READ(Scope.READ),
  LOCAL_READ(Scope.READ),
  TRANSPORT(Scope.READ),
  DUPLICATE_ADDRESS(Scope.NETWORK);

  /** What has to be asked for a check. */
  enum Scope {
    /** Files of this machine. */
    MACHINE,
    /** Other machines of its subnets. */
    NETWORK,
    /** The stores that a worker of this machine reads. */
    UFS,
    /** A worker, shortly. */
    WORKER,
    /** A worker, with a second of transfer over each rail. */
    RAIL,
    /** A worker, with seconds of reads. */
    READ
  }

  private final Scope scope;
  private final Scope second;

  CheckId(Scope scope) {
    this(scope, scope);
  }

  CheckId(Scope scope, Scope second) {
    this.scope = scope;
    this.second = second;
  }

  /** "port-state": as people, scripts and docs/DOCTOR.md write it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The section of the documentation. */
  public String page() {
    return "docs/DOCTOR.md#" + text();
  }

  boolean needs(Scope asked) {
    return scope == asked || second == asked;
  }

  /** The check of this name. */
  public static Optional<CheckId> of(String text) {
    return Stream.of(values()).filter(id -> id.text().equals(text)).findFirst();
  }
}
