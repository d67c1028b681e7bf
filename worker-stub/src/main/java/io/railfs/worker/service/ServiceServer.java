package io.railfs.worker.service;

import static java.util.Objects.requireNonNull;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.railfs.fabric.Devices;
import io.railfs.fabric.FabricException;
import io.railfs.fabric.Transport;
import io.railfs.protocol.FrameDecoder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A listening socket and the connections that it took. Thread-safe. */
public final class ServiceServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ServiceServer.class);

  private static final int BACKLOG = 1024;
  private static final long BIND_TIMEOUT_SECONDS = 10;
  private static final long CLOSE_TIMEOUT_SECONDS = 3;

  /** A listing stops between these two: about one part of it waits while the next one is read. */
  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(256 << 10, 1 << 20);

  private final Channel listener;
  private final String deviceAddress;
  private final ChannelGroup connections;

  private ServiceServer(Channel listener, String deviceAddress, ChannelGroup connections) {
    this.listener = listener;
    this.deviceAddress = deviceAddress;
    this.connections = connections;
  }

  /**
   * Starts to listen.
   *
   * @param name "rpc" or "data", as the settings have it
   * @param handlers makes a handler for each connection
   * @throws ServiceException where the address or port cannot be had
   * @throws FabricException where the device cannot be had
   */
  static ServiceServer start(
      String name, Transport transport, BindSettings bind, Supplier<ConnectionHandler> handlers)
      throws ServiceException, FabricException {
    requireNonNull(handlers, "handlers is null");
    ChannelGroup connections = new DefaultChannelGroup(transport.group().next());
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(transport.group())
            .channel(transport.serverChannel())
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    connections.add(channel);
                    channel.pipeline().addLast(new FrameDecoder(0), handlers.get());
                  }
                });
    if (!bind.device().isEmpty()) {
      Devices.requireUp(bind.device());
      Transport.bindToDevice(bootstrap, bind.device());
    }
    String deviceAddress = addressOf(bind.device());
    return new ServiceServer(bound(bootstrap, name, bind), deviceAddress, connections);
  }

  private static Channel bound(ServerBootstrap bootstrap, String name, BindSettings bind)
      throws ServiceException {
    InetSocketAddress address = bind.address();
    if (address.isUnresolved()) {
      throw new ServiceException(
          "host '"
              + bind.host()
              + "' of the "
              + name
              + " service is not known; correct railfs.worker."
              + name
              + ".bind.host",
          null);
    }
    ChannelFuture future = bootstrap.bind(address);
    boolean ended = future.awaitUninterruptibly(BIND_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    if (ended && future.isSuccess()) {
      return future.channel();
    }
    throw new ServiceException(refusal(name, bind, future.cause()), future.cause());
  }

  private static String refusal(String name, BindSettings bind, Throwable cause) {
    String where =
        "the "
            + name
            + " service cannot listen on port "
            + bind.port()
            + " of "
            + (bind.host().isEmpty() ? "all addresses" : bind.host());
    String reason = cause == null ? "no answer" : String.valueOf(cause.getMessage());
    return reason.contains("in use")
        ? where
            + ": the port is taken; stop the process that holds it ('ss -ltnp' shows it) or change"
            + " railfs.worker."
            + name
            + ".bind.port"
        : where + " (" + reason + "); correct railfs.worker." + name + ".bind";
  }

  /** The port it listens on. */
  public int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  /**
   * The address to reach it by, in numbers: the one it listens on, or that of the device it is
   * bound to, which no other address of this machine leads to; empty where any will do.
   */
  public String numericHost() {
    InetAddress address = ((InetSocketAddress) listener.localAddress()).getAddress();
    return address.isAnyLocalAddress() ? deviceAddress : address.getHostAddress();
  }

  /** IPv4 where the device has one; never a link-local address, which means nothing elsewhere. */
  private static String addressOf(String device) throws ServiceException {
    try {
      NetworkInterface found = device.isEmpty() ? null : NetworkInterface.getByName(device);
      return found == null
          ? ""
          : found
              .inetAddresses()
              .filter(address -> !address.isLinkLocalAddress())
              .min(Comparator.comparingInt(address -> address.getAddress().length))
              .map(InetAddress::getHostAddress)
              .orElse("");
    } catch (SocketException e) {
      throw new ServiceException("the addresses of device " + device + " cannot be told", e);
    }
  }

  /** Ends listening and every connection; waits for that, a few seconds at most. */
  @Override
  public void close() {
    boolean closed =
        listener.close().awaitUninterruptibly(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
            && connections.close().awaitUninterruptibly(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    if (!closed) {
      log.warn("some connections did not close in time; they end with the network threads");
    }
  }
}
