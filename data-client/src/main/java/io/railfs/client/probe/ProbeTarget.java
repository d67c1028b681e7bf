package io.railfs.client.probe;

import static java.util.Objects.requireNonNull;

import java.net.InetSocketAddress;

/**
 * One way to one service of a worker.
 *
 * @param address of the service
 * @param worker its name or address, as the settings have it and its certificate must
 * @param device to bind to, empty for none
 */
public record ProbeTarget(InetSocketAddress address, String worker, String device) {
  public ProbeTarget {
    requireNonNull(address, "address is null");
    requireNonNull(worker, "worker is null");
    requireNonNull(device, "device is null");
  }
}
