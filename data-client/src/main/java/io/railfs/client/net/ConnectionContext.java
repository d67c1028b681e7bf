// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.net;

import io.netty.channel.Channel;
import io.railfs.client.ClientSettings;
import io.railfs.client.Endpoint;
import io.railfs.fabric.Transport;
import io.railfs.fabric.trust.Trust;
import java.util.concurrent.Executor;

/**
 * What the connections of a cluster, or to one of its workers, share.
 *
 * @param transport event loops
 * @param resolver runs name look-ups, which block
 * @param settings of the client
 * @param trust what is proven to workers, and what they must prove
 * @param local what reading blocks on this host takes; null where that is not wanted or not
 *     possible
 * @param rdma what getting blocks over RDMA takes; null where that is not wanted or not possible
 * @param worker that they lead to, which has this name in its certificate; empty for several
 */
public record ConnectionContext(
    Transport transport,
    Executor resolver,
    ClientSettings settings,
    Trust trust,
    LocalSide local,
    RdmaSide rdma,
    String worker) {
  /** The same, for connections to one worker. */
  public ConnectionContext to(Endpoint endpoint) {
    return new ConnectionContext(
        transport, resolver, settings, trust, local, rdma, endpoint.host());
  }

  /** Makes a channel encrypt, where the settings want it. */
  void encrypt(Channel channel) {
    if (trust.usesTls()) {
      long timeout = settings.connectTimeout().toMillis();
      channel.pipeline().addLast(trust.clientHandler(channel.alloc(), worker, timeout));
    }
  }
}
