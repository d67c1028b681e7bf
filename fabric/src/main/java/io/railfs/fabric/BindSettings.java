// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric;

import static java.util.Objects.requireNonNull;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * Where a service listens.
 *
 * @param path of the settings, such as railfs.worker.rpc.bind, for messages
 * @param devices network interfaces that it is bound to, one socket each; none for any
 * @param port 0 for any free one
 * @param host address or host name; empty for all addresses, always so with several devices
 */
public record BindSettings(String path, List<String> devices, int port, String host) {
  private static final String LOOPBACK = "127.0.0.1";
  private static final String LOOPBACK_DEVICE = "lo";

  public BindSettings {
    requireNonNull(path, "path is null");
    devices = List.copyOf(devices);
    requireNonNull(host, "host is null");
  }

  /**
   * Reads and checks the settings.
   *
   * @param config the object at {@code path}
   * @param path such as railfs.worker.rpc.bind
   */
  public static BindSettings of(Config config, String path) {
    int port = config.getInt("port");
    if (port < 0 || port > 65_535) {
      throw new ConfigException.BadValue(
          config.getValue("port").origin(), path + ".port", port + " is not between 0 and 65535");
    }
    List<String> devices = BindDevices.of(config, "device", path + ".device");
    String host = config.getString("host").strip();
    if (devices.size() > 1 && !host.isEmpty()) {
      throw new ConfigException.BadValue(
          config.getValue("host").origin(),
          path + ".host",
          "one host cannot be on several devices " + devices + "; remove it");
    }
    return new BindSettings(path, devices, port, host);
  }

  InetSocketAddress address(int chosenPort) {
    return host.isEmpty()
        ? new InetSocketAddress(chosenPort)
        : new InetSocketAddress(host, chosenPort);
  }

  /** The same, on the loopback address where neither devices nor a host are named. */
  public BindSettings orLoopback() {
    return devices.isEmpty() && host.isEmpty()
        ? new BindSettings(path, devices, port, LOOPBACK)
        : this;
  }

  /** Whether only programs of this machine reach the service. */
  public boolean isLoopback() {
    if (host.isEmpty()) {
      return !devices.isEmpty() && devices.stream().allMatch(LOOPBACK_DEVICE::equals);
    }
    InetSocketAddress address = address(0);
    return !address.isUnresolved() && address.getAddress().isLoopbackAddress();
  }
}
