// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.verbs;

import io.railfs.fabric.FabricException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A network of RDMA devices in this process, with the semantics of reliable connections: order,
 * retries, receivers that are not ready, flushes, ports that go down, devices that vanish. One lock
 * for all of it. It notes each call that a real device would not have forgiven.
 */
public final class FakeNetwork {
  static final Object LOCK = new Object();

  private static final Map<InetAddress, FakeDevice> DEVICES = new ConcurrentHashMap<>();
  private static final List<FakePort> PORTS = new ArrayList<>();
  private static final List<String> BREACHES = new ArrayList<>();
  private static final AtomicInteger NUMBERS = new AtomicInteger(100);
  private static final ScheduledExecutorService CLOCK =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "fake-rdma-network");
            thread.setDaemon(true);
            return thread;
          });

  private static final ScheduledFuture<?> TICKS =
      CLOCK.scheduleWithFixedDelay(FakeNetwork::tick, 10, 10, TimeUnit.MILLISECONDS);

  static {
    VerbsProvider.use(new FakeVerbs());
  }

  private FakeNetwork() {}

  /** Adds a device, whose only port has this address. */
  public static FakeDevice add(String name, InetAddress address) {
    FakeDevice device = new FakeDevice(name, address);
    DEVICES.put(address, device);
    return device;
  }

  /** Takes all devices away; each port must have been closed by then. */
  public static void clear() {
    DEVICES.clear();
  }

  static boolean hasDevices() {
    return !DEVICES.isEmpty() && !TICKS.isDone();
  }

  /** Ports that are open, of all devices. */
  public static int openPorts() {
    synchronized (LOCK) {
      return PORTS.size();
    }
  }

  /** Queue pairs that are not destroyed. */
  public static int queues() {
    synchronized (LOCK) {
      return PORTS.stream().mapToInt(FakePort::queueCount).sum();
    }
  }

  /** What a real device would not have forgiven; empty where there is nothing. */
  public static List<String> breaches() {
    synchronized (LOCK) {
      return List.copyOf(BREACHES);
    }
  }

  static void breach(String what) {
    BREACHES.add(what);
  }

  static int nextNumber() {
    return NUMBERS.incrementAndGet();
  }

  static VerbsPort open(InetAddress local, VerbsSettings settings) throws FabricException {
    FakeDevice device = DEVICES.get(local);
    if (device == null || device.isRemoved()) {
      throw new FabricException("no RDMA device has the address " + local.getHostAddress());
    }
    if (!device.isUp()) {
      throw new FabricException("port 1 of " + device.name() + " is not ACTIVE");
    }
    FakePort port = new FakePort(device, settings);
    synchronized (LOCK) {
      PORTS.add(port);
    }
    return port;
  }

  static void closed(FakePort port) {
    PORTS.remove(port);
  }

  static List<FakePort> portsOf(FakeDevice device) {
    return PORTS.stream().filter(port -> port.device() == device).toList();
  }

  /** The port that listens there. */
  static FakePort listener(InetSocketAddress remote) {
    for (FakePort port : PORTS) {
      if (port.device().address().equals(remote.getAddress())
          && port.listenPort() == remote.getPort()) {
        return port;
      }
    }
    return null;
  }

  private static void tick() {
    synchronized (LOCK) {
      for (FakePort port : List.copyOf(PORTS)) {
        port.move();
      }
    }
  }
}
