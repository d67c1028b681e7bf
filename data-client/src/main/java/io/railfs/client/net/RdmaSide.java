// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.net;

import static java.util.Objects.requireNonNull;

import io.railfs.client.TransportSettings;
import io.railfs.fabric.FabricException;
import io.railfs.fabric.rdma.RdmaPort;
import io.railfs.fabric.rdma.RdmaSettings;
import io.railfs.fabric.verbs.Verbs;
import io.railfs.fabric.verbs.VerbsProvider;
import io.railfs.protocol.RdmaFormat;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the connections of a client share that get blocks over RDMA: a port with its memory for each
 * address that they have. Thread-safe.
 */
public final class RdmaSide implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RdmaSide.class);

  /** Payload of one message: a page. */
  private static final int PIECE_BYTES = 128 << 10;

  private static final int MESSAGE_BYTES = PIECE_BYTES + RdmaFormat.ANSWER_HEAD_BYTES;

  /** Requests, which are short. */
  private static final int SENDS = 128;

  /** Memory of one port: for a few of the longest reads at a time. */
  private static final long MIN_EACH = 4 << 20;

  private final Verbs verbs;
  private final RdmaSettings settings;
  private final int rails;
  private final Map<InetAddress, RdmaPort> ports = new HashMap<>();

  /** Not a monitor: what is done under it takes its time. */
  private final Lock lock = new ReentrantLock();

  private boolean closed;

  private RdmaSide(Verbs verbs, RdmaSettings settings, int rails) {
    this.verbs = requireNonNull(verbs, "verbs is null");
    this.settings = requireNonNull(settings, "settings is null");
    this.rails = rails;
  }

  /**
   * What these settings ask for.
   *
   * @param rails among which the memory is divided
   * @return null where they do not ask for RDMA, or leave it to what there is, and there is nothing
   * @throws FabricException with one sentence where it is named and cannot be had on this machine
   */
  public static RdmaSide open(TransportSettings transport, int rails) throws FabricException {
    if (!transport.prefersRdma()) {
      return null;
    }
    if (transport.auto() && !VerbsProvider.hasDevices()) {
      return null;
    }
    Verbs verbs;
    long each = transport.rdmaMemory() / rails;
    try {
      requireEnough(each, rails);
      verbs = VerbsProvider.get();
    } catch (FabricException e) {
      if (!transport.auto()) {
        throw e;
      }
      log.warn("{}; blocks come over other transports", e.getMessage());
      return null;
    }
    long forReceives = each - (long) SENDS * RdmaFormat.REQUEST_BYTES;
    RdmaSettings settings =
        new RdmaSettings(
            (int) (forReceives / MESSAGE_BYTES),
            MESSAGE_BYTES,
            SENDS,
            RdmaFormat.REQUEST_BYTES,
            transport.rdmaPath().spin(),
            transport.rdmaPath().verbs());
    return new RdmaSide(verbs, settings, rails);
  }

  private static void requireEnough(long each, int rails) throws FabricException {
    if (each < MIN_EACH) {
      throw new FabricException(
          "railfs.client.data.rdma.memory is divided among the %d devices of railfs.client.data.bind.device, and each needs %d MiB; set it to %dMiB at least"
              .formatted(rails, MIN_EACH >> 20, rails * (MIN_EACH >> 20)));
    }
  }

  /** Bytes of the longest message that is taken. */
  static int messageBytes() {
    return MESSAGE_BYTES;
  }

  /**
   * The port that has an address; opens it where it is not. Takes its time.
   *
   * @throws FabricException with one sentence where it cannot be used
   */
  RdmaPort port(InetAddress local) throws FabricException {
    lock.lock();
    try {
      if (closed) {
        throw new FabricException("the client is being closed");
      }
      RdmaPort known = ports.get(local);
      if (known != null && !known.isRemoved()) {
        return known;
      }
      if (known != null) {
        ports.remove(local);
        known.close();
      }
      ports.values().removeIf(RdmaSide::isClosedAsRemoved);
      if (ports.size() >= rails) {
        throw new FabricException(
            "the memory of railfs.client.data.rdma.memory is divided among "
                + rails
                + " devices, those of railfs.client.data.bind.device, and all of it is in use");
      }
      RdmaPort port = RdmaPort.open(verbs, local, settings);
      ports.put(local, port);
      return port;
    } finally {
      lock.unlock();
    }
  }

  private static boolean isClosedAsRemoved(RdmaPort port) {
    if (port.isRemoved()) {
      port.close();
      return true;
    }
    return false;
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      ports.values().forEach(RdmaPort::close);
      ports.clear();
    } finally {
      lock.unlock();
    }
  }
}
