// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.bench;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Optional;

/** Which interface carries a connection that is bound to none. */
public final class RailDevice {
  private RailDevice() {}

  /** The interface that has a local address. */
  public static Optional<String> of(InetAddress local) {
    try {
      return Optional.ofNullable(NetworkInterface.getByInetAddress(local))
          .map(NetworkInterface::getName);
    } catch (SocketException e) {
      // It went away meanwhile.
      return Optional.empty();
    }
  }
}
