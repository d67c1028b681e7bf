package io.railfs.client.probe;

import static java.util.Objects.requireNonNull;

import io.railfs.client.Endpoint;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.stream.Stream;

/**
 * One way to one service of a worker.
 *
 * @param address of the service
 * @param worker its name or address, as the settings have it and its certificate must
 * @param device to bind to, empty for none
 */
public record ProbeTarget(InetSocketAddress address, String worker, String device) {
  /**
   * The ways to all addresses of a worker's name, as they are now; blocks.
   *
   * @throws ProbeException where the name is not known
   */
  public static List<ProbeTarget> all(Endpoint worker, String device) throws ProbeException {
    try {
      return Stream.of(InetAddress.getAllByName(worker.host()))
          .map(
              host ->
                  new ProbeTarget(
                      new InetSocketAddress(host, worker.port()), worker.host(), device))
          .toList();
    } catch (UnknownHostException e) {
      throw new ProbeException("the host name '" + worker.host() + "' is not known", e);
    }
  }

  public ProbeTarget {
    requireNonNull(address, "address is null");
    requireNonNull(worker, "worker is null");
    requireNonNull(device, "device is null");
  }
}
