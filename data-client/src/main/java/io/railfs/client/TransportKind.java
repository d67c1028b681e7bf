// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import java.util.Locale;

/** What brings the bytes of blocks from a worker. */
public enum TransportKind {
  /** Frames with the bytes behind them, on the connection itself. */
  TCP,
  /** The files of the worker's blocks, read by this process on the same host. */
  LOCAL,
  /** Messages of the same over RDMA; the connection itself carries what is about them. */
  RDMA;

  /** As the settings, metrics and messages name it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
