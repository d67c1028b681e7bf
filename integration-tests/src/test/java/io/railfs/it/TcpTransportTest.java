// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import io.railfs.client.TransportKind;

/** The contract of a transport, for TCP. */
final class TcpTransportTest extends TransportContract {
  @Override
  TransportKind kind() {
    return TransportKind.TCP;
  }
}
