// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it.faults;

import io.railfs.it.EtcdServer;
import io.railfs.it.SlowWire;
import java.io.IOException;

/** The etcd of the stage, which hosts reach by a wire. */
final class Etcd implements AutoCloseable {
  private static final int PORT = 2_379;

  private final EtcdServer server = EtcdServer.create();
  private final SlowWire wire;

  Etcd(SwitchThread switches) throws IOException {
    wire = new SlowWire(switches.listen(PORT), server.port());
  }

  /** The settings of who uses it. */
  static String settings() {
    return "railfs.membership { type = etcd, etcd { endpoints = [\"http://"
        + Hosts.address(Hosts.SWITCH)
        + ":"
        + PORT
        + "\"], lease = 3s, timeout = 2s } }\n";
  }

  void stop() {
    server.stop();
  }

  void start() throws IOException {
    server.start();
  }

  @Override
  public void close() {
    wire.close();
    server.close();
  }
}
