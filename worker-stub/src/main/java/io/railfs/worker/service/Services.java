// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.handler.stream.ChunkedWriteHandler;
import io.railfs.fabric.BindSettings;
import io.railfs.fabric.FabricException;
import io.railfs.fabric.Server;
import io.railfs.fabric.Transport;
import io.railfs.fabric.trust.Trust;
import io.railfs.protocol.FrameDecoder;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Starts the two services. */
public final class Services {
  /**
   * Requests are small, and a frame that is not whole keeps the buffer that it was received in:
   * this is what a connection costs whose client stops in the middle of one.
   */
  private static final int MAX_RECEIVE = 4 << 10;

  private static final int MIN_RECEIVE = 256;

  private Services() {}

  /**
   * Names, attributes and what the store holds, on the rpc port.
   *
   * @param blockSize bytes
   */
  public static Server rpc(
      Transport transport, BindSettings bind, ServiceState state, RpcBackend backend, int blockSize)
      throws FabricException {
    BlockRequests store = new BlockRequests(backend.admin(), blockSize);
    return start(
        "rpc", transport, bind, state, traffic -> new RpcHandler(state, traffic, backend, store));
  }

  /**
   * Pages, on the data port.
   *
   * @param backend where the blocks come from
   */
  public static Server data(
      Transport transport, BindSettings bind, ServiceState state, DataBackend backend)
      throws FabricException {
    return start(
        "data", transport, bind, state, traffic -> new DataHandler(state, traffic, backend));
  }

  private static Server start(
      String name,
      Transport transport,
      BindSettings bind,
      ServiceState state,
      Function<RailTraffic, ConnectionHandler> handlers)
      throws FabricException {
    List<String> devices = bind.devices().isEmpty() ? List.of("") : bind.devices();
    Map<String, RailTraffic> rails =
        devices.stream().collect(Collectors.toMap(d -> d, d -> state.rail(name, d)));
    return Server.start(
        name,
        transport,
        bind,
        new Server.Pipelines() {
          @Override
          public void init(Channel channel, String device) {
            Services.init(channel, handlers.apply(rails.get(device)));
          }

          @Override
          public void acceptFailed() {
            state.acceptFailed();
          }
        });
  }

  /** Makes a connection ready. */
  static void init(Channel channel, ConnectionHandler handler) {
    channel
        .config()
        .setRecvByteBufAllocator(
            new AdaptiveRecvByteBufAllocator(MIN_RECEIVE, FrameDecoder.FREE_BYTES, MAX_RECEIVE));
    ServiceState state = handler.state();
    Trust trust = state.access().trust();
    if (trust.usesTls()) {
      // Files come as they are read, piece by piece: the kernel cannot encrypt them.
      channel
          .pipeline()
          .addLast(
              new TlsGate(trust, state.limits().handshakeTimeout()), new ChunkedWriteHandler());
    }
    channel.pipeline().addLast(handler.decoder(), handler);
  }
}
