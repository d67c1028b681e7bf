package io.railfs.worker.service;

import static java.util.Objects.requireNonNull;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import java.net.InetSocketAddress;

/**
 * Where a service listens.
 *
 * @param device network interface that it is bound to; empty for none
 * @param port 0 for any free one
 * @param host address or host name; empty for all addresses
 */
public record BindSettings(String device, int port, String host) {
  public BindSettings {
    requireNonNull(device, "device is null");
    requireNonNull(host, "host is null");
  }

  /**
   * Reads and checks the settings.
   *
   * @param config the object at {@code path}
   * @param path such as railfs.worker.rpc.bind, for messages
   */
  public static BindSettings of(Config config, String path) {
    int port = config.getInt("port");
    if (port < 0 || port > 65_535) {
      throw new ConfigException.BadValue(
          config.getValue("port").origin(), path + ".port", port + " is not between 0 and 65535");
    }
    return new BindSettings(
        config.getString("device").strip(), port, config.getString("host").strip());
  }

  InetSocketAddress address() {
    return host.isEmpty() ? new InetSocketAddress(port) : new InetSocketAddress(host, port);
  }
}
