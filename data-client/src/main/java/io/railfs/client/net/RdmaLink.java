// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.net;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import io.netty.util.NetUtil;
import io.railfs.fabric.FabricException;
import io.railfs.fabric.rdma.RdmaConnection;
import io.railfs.fabric.rdma.RdmaHandler;
import io.railfs.fabric.rdma.RdmaMessage;
import io.railfs.fabric.rdma.RdmaPort;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RdmaFormat;
import io.railfs.protocol.messages.HelloReply;
import io.railfs.protocol.messages.RdmaOffer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The RDMA connection of one connection to a worker: made when the worker offers it, and again with
 * growing waits while it is not to be had. Once it is there, both end together: what waits goes
 * elsewhere at once, and a fresh pair is made. Lives on the connection's event loop.
 */
final class RdmaLink {
  private static final Logger log = LoggerFactory.getLogger(RdmaLink.class);

  private static final int HALF = 16;
  private static final int MAX_PORT = 65_535;

  private final Connection connection;
  private final ConnectionContext context;
  private final Consumer<String> outcome;
  private final OfferRetry retry;
  private Dialled current;
  private RdmaBlocks blocks;

  private RdmaLink(Connection connection, ConnectionContext context, Consumer<String> outcome) {
    this.connection = requireNonNull(connection, "connection is null");
    this.context = requireNonNull(context, "context is null");
    this.outcome = requireNonNull(outcome, "outcome is null");
    this.retry =
        new OfferRetry(
            connection,
            context.settings().connectTimeout(),
            ClientHandshake::helloForRdma,
            this::take,
            this::failed);
  }

  /**
   * Starts to use it.
   *
   * @param outcome called by the event loop whenever it turns out that blocks can come over RDMA,
   *     with an empty text, or that they cannot, with the reason, the rest of a sentence
   */
  static RdmaLink start(
      Connection connection,
      ConnectionContext context,
      HelloReply hello,
      Consumer<String> outcome) {
    RdmaLink link = new RdmaLink(connection, context, outcome);
    connection.channel().closeFuture().addListener(closed -> link.close());
    link.take(hello);
    return link;
  }

  /** What brings blocks; null while it does not. */
  BlockTransport blocks() {
    return blocks;
  }

  private void take(HelloReply hello) {
    RdmaOffer offer = hello.getRdma();
    if (connection.rdmaWaits()) {
      // It is made by small packets, and may yet carry no large ones.
      connection.letRdmaWait(false);
      outcome.accept("RDMA was made and brought nothing; it is tried again after a minute");
      retry.afterLongestWait();
    } else if (!hello.hasRdma()) {
      outcome.accept("the worker's release cannot send blocks over RDMA");
    } else if (!offer.getProblem().isEmpty()) {
      failed(ReplyValidator.sentence(offer.getProblem()));
    } else if (offer.getToken().size() != 2 * HALF
        || offer.getPort() < 1
        || offer.getPort() > MAX_PORT) {
      outcome.accept("the worker's offer is not valid");
    } else {
      dial(offer);
    }
  }

  private void dial(RdmaOffer offer) {
    InetAddress local = address(connection.channel().localAddress());
    InetSocketAddress remote =
        new InetSocketAddress(address(connection.channel().remoteAddress()), offer.getPort());
    Dialled dialled = new Dialled(offer.getToken());
    current = dialled;
    try {
      context.resolver().execute(() -> dialled.dial(local, remote));
    } catch (RejectedExecutionException e) {
      log.debug("{} gets no RDMA connection, as the client is closing", connection.name());
      return;
    }
    connection.schedule(
        () -> {
          if (dialled == current && blocks == null) {
            failed("the worker's RDMA port did not answer in time");
          }
        },
        3 * context.settings().connectTimeout().toMillis());
  }

  private static InetAddress address(Object socketAddress) {
    InetAddress address = ((InetSocketAddress) socketAddress).getAddress();
    byte[] raw = address.getAddress();
    // Devices are found by the plain address, without what a scope adds to it.
    return NetUtil.createInetAddressFromIpAddressString(NetUtil.bytesToIpAddress(raw));
  }

  /** It is not to be had now. */
  private void failed(String reason) {
    if (!connection.channel().isActive()) {
      return;
    }
    endCurrent(reason);
    log.debug("{}: no RDMA: {}", connection.name(), reason);
    outcome.accept(reason);
    retry.afterFailure();
  }

  private void endCurrent(String reason) {
    Dialled ended = current;
    current = null;
    if (ended != null) {
      ended.end(reason);
    }
  }

  private void ready(Dialled dialled, RdmaFormat.Welcome welcome) {
    if (dialled != current || !connection.channel().isActive()) {
      return;
    }
    retry.reset();
    blocks = new RdmaBlocks(connection, dialled.port, dialled.lane, welcome);
    dialled.blocks = blocks;
    outcome.accept("");
  }

  /** The RDMA connection has ended. */
  private void lost(Dialled dialled, String reason) {
    if (dialled != current) {
      return;
    }
    if (blocks == null) {
      failed(reason);
    } else {
      connection.close(
          new AttemptException(
              AttemptException.Kind.CONNECTION_LOST,
              connection.name() + ": the RDMA connection ended: " + reason));
    }
  }

  private void close() {
    endCurrent("the connection that it belongs to has ended");
    if (blocks != null) {
      blocks.end();
    }
  }

  /** One attempt. Fields are set before anything is received. */
  private final class Dialled implements RdmaHandler {
    private final ByteString token;
    private volatile RdmaPort port;
    private volatile RdmaConnection lane;
    private volatile RdmaBlocks blocks;
    private volatile String ended;

    Dialled(ByteString token) {
      this.token = token;
    }

    /** By a thread that may wait. */
    void dial(InetAddress local, InetSocketAddress remote) {
      byte[] greeting =
          new RdmaFormat.Greeting(token.substring(0, HALF), RdmaSide.messageBytes()).encode();
      int millis = (int) context.settings().connectTimeout().toMillis();
      try {
        port = context.rdma().port(local);
        RdmaConnection made =
            port.connect(
                remote,
                greeting,
                millis,
                connecting -> {
                  lane = connecting;
                  return this;
                });
        String early = ended;
        if (early != null) {
          made.close(early);
        }
      } catch (FabricException e) {
        closed(String.valueOf(e.getMessage()));
      }
    }

    void end(String reason) {
      ended = reason;
      RdmaConnection open = lane;
      if (open != null) {
        open.close(reason);
      }
    }

    @Override
    public void established(byte[] data) {
      boolean unused = connection.execute(() -> welcomed(data));
    }

    private void welcomed(byte[] data) {
      try {
        RdmaFormat.Welcome welcome = RdmaFormat.Welcome.decode(data);
        byte[] wanted = token.substring(HALF).toByteArray();
        if (!MessageDigest.isEqual(wanted, welcome.token().toByteArray())) {
          lost(this, "what answers at the worker's RDMA port is not that worker");
        } else if (!RdmaBlocks.takes(port, welcome)) {
          lost(
              this,
              "the worker sends in pieces of %d bytes, of which the memory of %s holds too few"
                  .formatted(welcome.pieceBytes(), "railfs.client.data.rdma.memory"));
        } else {
          ready(this, welcome);
        }
      } catch (ProtocolException e) {
        lost(this, "the worker's RDMA port: " + e.getMessage());
      }
    }

    @Override
    public void received(RdmaMessage message) {
      RdmaBlocks taker = blocks;
      if (taker == null) {
        message.release();
        boolean unused = connection.execute(() -> lost(this, "the worker sends unasked"));
      } else {
        taker.received(message);
      }
    }

    @Override
    public void closed(String reason) {
      boolean unused = connection.execute(() -> lost(this, reason));
    }
  }
}
