// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.atomic.LongAdder;

/**
 * What a service moved over one device, or over any where it is bound to none, since the start.
 * Thread-safe.
 */
public final class RailTraffic {
  static final String DATA = "data";

  /** What readers on this host report that they have read from the files of blocks. */
  static final String LOCAL = "local";

  /** What goes over RDMA, by device and port. */
  public static final String RDMA = "rdma";

  private final String service;
  private final String device;
  private final LongAdder received = new LongAdder();
  private final LongAdder sent = new LongAdder();

  RailTraffic(String service, String device) {
    this.service = requireNonNull(service, "service is null");
    this.device = requireNonNull(device, "device is null");
  }

  void received(long bytes) {
    received.add(bytes);
  }

  void sent(long bytes) {
    sent.add(bytes);
  }

  /** Whether it is the service that carries content. */
  boolean isData() {
    return service.equals(DATA) || service.equals(LOCAL) || service.equals(RDMA);
  }

  /** "rpc", "data", "local" or "rdma". */
  public String service() {
    return service;
  }

  /** Empty where the service is bound to none. */
  public String device() {
    return device;
  }

  /** Bytes of requests. */
  public long receivedBytes() {
    return received.sum();
  }

  /** Bytes of replies: their payload, of the rpc service whole frames. */
  public long sentBytes() {
    return sent.sum();
  }
}
