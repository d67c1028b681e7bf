// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric;

import static java.util.Objects.requireNonNull;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One listening socket of a service, on one device or on none. Thread-safe.
 *
 * <p>A socket that is bound to a device takes what arrives there, for any address of either family,
 * and nothing else: an address that changes and a link that goes and comes back need no new socket.
 * A device that is removed and made again does, for it is another one to the kernel.
 */
final class Listener {
  private static final Logger log = LoggerFactory.getLogger(Listener.class);

  private static final long BIND_TIMEOUT_SECONDS = 10;
  private static final long CLOSE_TIMEOUT_SECONDS = 3;

  private final String name;
  private final BindSettings bind;
  private final String device;
  private final Supplier<ServerBootstrap> bootstraps;

  private volatile Channel socket;
  private volatile int port;
  private volatile String lastAddress = "";

  /** Guarded by this. */
  private int index;

  /** Guarded by this. */
  private boolean closed;

  /**
   * @param name of the service, for messages
   * @param device to be bound to, empty for none
   * @param bootstraps makes one for each bind
   */
  Listener(String name, BindSettings bind, String device, Supplier<ServerBootstrap> bootstraps) {
    this.name = requireNonNull(name, "name is null");
    this.bind = requireNonNull(bind, "bind is null");
    this.device = requireNonNull(device, "device is null");
    this.bootstraps = requireNonNull(bootstraps, "bootstraps is null");
    port = bind.port();
  }

  /**
   * Starts to listen.
   *
   * @throws FabricException where the address, the port or the device cannot be had
   */
  synchronized void open() throws FabricException {
    InetSocketAddress address = bind.address(port);
    if (address.isUnresolved()) {
      throw new FabricException(
          "host '%s' of the %s service is not known; correct %s.host"
              .formatted(bind.host(), name, bind.path()));
    }
    index = device.isEmpty() ? 0 : Devices.index(device);
    ChannelFuture future = bind(address);
    boolean ended = future.awaitUninterruptibly(BIND_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    if (!ended || !future.isSuccess()) {
      throw new FabricException(refusal(future.cause()), future.cause());
    }
    socket = future.channel();
    checkBound();
    // One that was free at first is announced to clients, and so kept.
    InetSocketAddress own = (InetSocketAddress) socket.localAddress();
    port = own.getPort();
    if (!bind.host().isEmpty()) {
      lastAddress = own.getAddress().getHostAddress();
    }
  }

  private ChannelFuture bind(InetSocketAddress address) throws FabricException {
    ServerBootstrap bootstrap = bootstraps.get();
    if (!device.isEmpty()) {
      Transport.bindToDevice(bootstrap, device);
    }
    return bootstrap.bind(address);
  }

  private void checkBound() throws FabricException {
    String bound = Transport.boundDevice(socket);
    if (!device.isEmpty() && !bound.equals(device)) {
      ChannelFuture unused = socket.close();
      throw new FabricException(
          "the %s service is bound to '%s' instead of '%s'".formatted(name, bound, device));
    }
  }

  private String refusal(Throwable cause) {
    String where =
        "the %s service cannot listen on port %d of %s%s"
            .formatted(
                name,
                port,
                bind.host().isEmpty() ? "all addresses" : bind.host(),
                device.isEmpty() ? "" : " on device " + device);
    String reason = cause == null ? "no answer" : String.valueOf(cause.getMessage());
    return reason.contains("in use")
        ? where
            + ": the port is taken; stop the process that holds it ('ss -ltnp' shows it) or change"
            + " "
            + bind.path()
            + ".port"
        : where + " (" + reason + "); correct " + bind.path();
  }

  /** Binds again where the device is another one than at the last bind. Waits a few seconds. */
  synchronized void follow() {
    int now = device.isEmpty() ? 0 : Devices.index(device);
    if (closed || now == index || now == 0) {
      return;
    }
    log.info("device {} was made again; the {} service binds to it again", device, name);
    boolean gone = socket.close().awaitUninterruptibly(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    try {
      open();
    } catch (FabricException e) {
      // Tried again at the next look.
      index = 0;
      log.warn("{} (old socket closed: {}); RailFS tries again", e.getMessage(), gone, e);
    }
  }

  int port() {
    return port;
  }

  /**
   * Where a client reaches it: an address of the device as it is now, or the last one that it had;
   * empty where any address of this machine will do. Takes no lock, for event loops call it, which
   * {@link #follow} waits for.
   *
   * @param client from where it asks; an address of its family is preferred
   */
  Listening endpoint(InetAddress client) {
    if (bind.host().isEmpty() && !device.isEmpty()) {
      Devices.addressFor(device, client).ifPresent(address -> lastAddress = address.text());
    }
    return new Listening(lastAddress, port, device);
  }

  /** Ends listening; the future of that. */
  synchronized ChannelFuture close() {
    closed = true;
    return socket.close();
  }
}
