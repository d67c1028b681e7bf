// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.probe;

import static java.util.Objects.requireNonNull;

import io.railfs.fabric.Transport;
import io.railfs.fabric.trust.Trust;
import io.railfs.protocol.FrameHeader;
import java.net.Inet6Address;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Which packets pass one way to a worker's data service. TCP never lets its packets be split on the
 * way, so a link that takes less than both ends has to say so by ICMP. One that drops them in
 * silence leaves small answers well and lets every transfer hang. For one thread.
 */
public final class PacketProbe {
  /** Headers of IP and TCP without options. */
  private static final int IPV4_HEADERS = 40;

  private static final int IPV6_HEADERS = 60;

  /** What interfaces commonly carry: IPoIB, jumbo frames, Ethernet, the least of IPv6 and IPv4. */
  private static final int[] USUAL = {32_000, 9_000, 4_092, 2_044, 1_500, 1_280, 576};

  /** TCP repeats a lost packet after 0.2, 0.6 and 1.4 s. */
  private static final Duration TIMEOUT = Duration.ofMillis(1_800);

  /** In each packet after the headers: TCP's timestamps, on nearly every connection. */
  private static final int TIMESTAMPS = 12;

  /** Fields of a request around its padding. */
  private static final int FIELDS = 8;

  /** As much as a request may hold. */
  private static final int MAX_PADDING = FrameHeader.MAX_REQUEST_LENGTH - FIELDS;

  /** What TLS adds to a record, at most. */
  private static final int TLS_RECORD = 32;

  private final Transport transport;
  private final Trust trust;
  private final ProbeTarget target;

  /** Where packets go. */
  public enum Direction {
    TO_WORKER,
    FROM_WORKER
  }

  /**
   * @param transport not owned
   * @param trust not owned
   * @param target a worker's data service
   */
  public PacketProbe(Transport transport, Trust trust, ProbeTarget target) {
    this.transport = requireNonNull(transport, "transport is null");
    this.trust = requireNonNull(trust, "trust is null");
    this.target = requireNonNull(target, "target is null");
  }

  /** Bytes of the headers of a packet that goes to a worker. */
  public static int headers(ProbeTarget target) {
    return target.address().getAddress() instanceof Inet6Address ? IPV6_HEADERS : IPV4_HEADERS;
  }

  /** Whether packets as large as both ends allow pass; takes up to some seconds. */
  public boolean passes(Direction direction, int size) throws InterruptedException {
    return exchange(direction, target, size);
  }

  /**
   * The largest of the usual sizes that passes, below one that does not; empty where none does.
   * Takes up to some seconds for each size.
   */
  public OptionalInt largestBelow(Direction direction, int size) throws InterruptedException {
    int least = USUAL[USUAL.length - 1];
    if (size <= least || !passesSmaller(direction, least)) {
      return OptionalInt.empty();
    }
    for (int smaller : IntStream.of(USUAL).filter(usual -> usual < size).toArray()) {
      if (smaller == least || passesSmaller(direction, smaller)) {
        return OptionalInt.of(smaller);
      }
    }
    return OptionalInt.empty();
  }

  private boolean passesSmaller(Direction direction, int size) throws InterruptedException {
    return exchange(direction, target.withSegment(size - headers(target)), size);
  }

  private boolean exchange(Direction direction, ProbeTarget way, int size)
      throws InterruptedException {
    // One packet: several would be cut as late as the hardware does it, past virtual links that
    // let all pass.
    int content =
        size
            - headers(target)
            - TIMESTAMPS
            - FrameHeader.LENGTH
            - (trust.usesTls() ? TLS_RECORD : 0);
    try (ProbeConnection connection = ProbeConnection.open(transport, trust, way, TIMEOUT)) {
      if (direction == Direction.TO_WORKER) {
        connection.exchange(Math.min(content - FIELDS, MAX_PADDING), 1);
      } else {
        connection.exchange(0, content);
      }
      return true;
    } catch (ProbeException e) {
      // Why is of no interest: either a smaller packet passes where this one did not, or nothing.
      return false;
    }
  }
}
