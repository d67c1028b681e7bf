// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric;

import static java.util.Objects.requireNonNull;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listening sockets of a service, one for each of its devices, and the connections that they
 * took. Thread-safe.
 */
public final class Server implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Server.class);

  private static final int BACKLOG = 1024;
  private static final long CLOSE_TIMEOUT_SECONDS = 3;
  private static final long LOOK_SECONDS = 1;

  /** A listing stops between these two: about one part of it waits while the next one is read. */
  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(256 << 10, 1 << 20);

  private final String name;
  private final Transport transport;
  private final Pipelines pipelines;
  private final ChannelGroup connections;
  private final List<Listener> listeners = new ArrayList<>();
  private final ScheduledExecutorService watch;

  /** Makes a new connection ready. */
  public interface Pipelines {
    /**
     * Adds the handlers; called by the connection's event loop.
     *
     * @param device that the connection came in by; empty where the service is bound to none
     */
    void init(Channel channel, String device);

    /** A connection could not be taken; more are tried after a pause. By an event loop. */
    default void acceptFailed() {}
  }

  private Server(String name, Transport transport, BindSettings bind, Pipelines pipelines)
      throws FabricException {
    this.name = name;
    this.transport = transport;
    this.pipelines = pipelines;
    connections = new DefaultChannelGroup(transport.group().next());
    watch =
        bind.devices().isEmpty()
            ? null
            : Executors.newSingleThreadScheduledExecutor(
                new DefaultThreadFactory("railfs-watch-" + name, true));
    try {
      for (String device : bind.devices().isEmpty() ? List.of("") : bind.devices()) {
        Listener listener = new Listener(name, bind, device, () -> bootstrap(device));
        listener.open();
        listeners.add(listener);
      }
    } catch (FabricException e) {
      close();
      throw e;
    }
    if (watch != null) {
      ScheduledFuture<?> unused =
          watch.scheduleWithFixedDelay(this::look, LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
    }
  }

  /**
   * Starts to listen.
   *
   * @param name of the service, for messages
   * @throws FabricException where the address, the port or a device cannot be had
   */
  public static Server start(
      String name, Transport transport, BindSettings bind, Pipelines pipelines)
      throws FabricException {
    requireNonNull(pipelines, "pipelines is null");
    return new Server(name, transport, bind, pipelines);
  }

  private ServerBootstrap bootstrap(String device) {
    return new ServerBootstrap()
        .group(transport.group())
        .channel(transport.serverChannel())
        .option(ChannelOption.SO_BACKLOG, BACKLOG)
        .option(ChannelOption.SO_REUSEADDR, true)
        .childOption(ChannelOption.TCP_NODELAY, true)
        .childOption(ChannelOption.ALLOCATOR, Transport.BUFFERS)
        .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
        .handler(new AcceptPause(name, pipelines::acceptFailed))
        .childHandler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                connections.add(channel);
                transport.keepAlive(channel);
                pipelines.init(channel, device);
              }
            });
  }

  private void look() {
    try {
      listeners.forEach(Listener::follow);
    } catch (RuntimeException e) {
      log.error("looking at the devices of the {} service failed: internal error (bug)", name, e);
    }
  }

  /** The port it listens on, the first device's where they differ. */
  public int port() {
    return listeners.get(0).port();
  }

  /**
   * Where a client reaches it now, one for each device.
   *
   * @param client from where it asks
   */
  public List<Listening> endpoints(InetAddress client) {
    return listeners.stream().map(listener -> listener.endpoint(client)).toList();
  }

  /** Ends listening and every connection; waits for that, a few seconds at most. */
  @Override
  public void close() {
    if (watch != null) {
      watch.shutdownNow();
    }
    List<ChannelFuture> ends = listeners.stream().map(Listener::close).toList();
    boolean closed = ends.stream().allMatch(Server::ended);
    if (!closed || !ended(connections.close())) {
      log.warn("some connections did not close in time; they end with the network threads");
    }
  }

  private static boolean ended(Future<?> end) {
    return end.awaitUninterruptibly(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
  }
}
