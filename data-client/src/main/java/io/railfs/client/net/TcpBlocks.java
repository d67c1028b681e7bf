// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.net;

import io.railfs.client.TransportKind;

/** The bytes of blocks as the payload of replies, on the connection itself. */
record TcpBlocks(Connection connection) implements BlockTransport {
  @Override
  public TransportKind kind() {
    return TransportKind.TCP;
  }

  @Override
  public void fetch(BlockRead read) {
    connection.send(read);
  }

  @Override
  public long bytes() {
    return 0;
  }

  @Override
  public void close() {}
}
