// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

import io.railfs.protocol.messages.LocalOffer;
import io.railfs.protocol.messages.RdmaOffer;

/** Ways to blocks that a client is offered, beside the connection itself. */
interface BlockOffers {
  /**
   * What a client is offered that wants to read the files of blocks itself.
   *
   * @param host the boot id of its host
   */
  LocalOffer local(String host);

  /** What a client is offered that wants blocks over RDMA. */
  RdmaOffer rdma();
}
