// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
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
 * @param segment bytes of content, with TCP's options, in the largest packets of both sides; 0 for
 *     what the interfaces of both allow
 */
public record ProbeTarget(InetSocketAddress address, String worker, String device, int segment) {
  public ProbeTarget(InetSocketAddress address, String worker, String device) {
    this(address, worker, device, 0);
  }

  /** The same way with packets that are no larger. */
  public ProbeTarget withSegment(int bytes) {
    return new ProbeTarget(address, worker, device, bytes);
  }

  /** The same way to another service of the worker. */
  public ProbeTarget withPort(int port) {
    return new ProbeTarget(
        new InetSocketAddress(address.getAddress(), port), worker, device, segment);
  }

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
