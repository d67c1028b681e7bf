// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.http;

import static java.util.Objects.requireNonNull;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.railfs.base.CloseStack;
import io.railfs.fabric.BindSettings;
import io.railfs.fabric.ConnectionLimiter;
import io.railfs.fabric.FabricException;
import io.railfs.fabric.Listening;
import io.railfs.fabric.Server;
import io.railfs.fabric.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers HTTP/1.1 requests by routes. Owns its threads and sockets until {@link #close}: one event
 * loop, and two threads that run the routes and end when idle. Thread-safe.
 */
public final class HttpServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HttpServer.class);

  private static final int MAX_REQUEST_LINE = 8 << 10;
  private static final int MAX_HEADERS = 16 << 10;
  private static final int MAX_BODY = 64 << 10;
  private static final int THREADS = 2;
  private static final int QUEUE = 64;
  private static final long IDLE_THREAD_SECONDS = 10;
  private static final long CLOSE_TIMEOUT_SECONDS = 3;

  static final int MAX_CONNECTIONS = 64;
  static final int MAX_CONNECTIONS_OF_ADDRESS = 32;

  private final String name;
  private final Transport transport;
  private final ThreadPoolExecutor executor;
  private final ConnectionLimiter limiter;
  private final HttpRoutes routes;
  private final long timeoutMillis;
  private final Server server;

  private HttpServer(
      String name, BindSettings bind, List<HttpRoute> routes, HttpGate gate, long timeoutMillis)
      throws FabricException {
    this.name = requireNonNull(name, "name is null");
    this.limiter =
        new ConnectionLimiter(MAX_CONNECTIONS, MAX_CONNECTIONS_OF_ADDRESS, true, this::evict);
    this.routes = new HttpRoutes(routes, gate);
    this.timeoutMillis = timeoutMillis;
    transport = Transport.create("railfs-" + name, 1);
    executor =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            IDLE_THREAD_SECONDS,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(QUEUE),
            new DefaultThreadFactory("railfs-" + name + "-answer", true));
    executor.allowCoreThreadTimeOut(true);
    try (CloseStack undo = new CloseStack()) {
      undo.push(transport);
      undo.push(executor::shutdownNow);
      server = Server.start(name, transport, bind, (channel, device) -> init(channel));
      undo.release();
    }
  }

  /**
   * Starts to listen.
   *
   * @param name "web" or "rest", as the settings have it
   * @param gate decides who may ask
   * @param timeoutMillis longest time that a client may take for a request, and for a response
   * @throws FabricException where the address, the port or a device cannot be had
   */
  public static HttpServer start(
      String name, BindSettings bind, List<HttpRoute> routes, HttpGate gate, long timeoutMillis)
      throws FabricException {
    return new HttpServer(name, bind, routes, gate, timeoutMillis);
  }

  private void init(Channel channel) {
    if (limiter.enter(channel, address(channel)).isPresent()) {
      log.debug("{} has too many connections; closing {}", name, channel.remoteAddress());
      ChannelFuture unused = channel.close();
      return;
    }
    channel.closeFuture().addListener(closed -> limiter.leave(channel));
    HttpConnection connection = new HttpConnection(routes, executor, limiter, timeoutMillis);
    channel
        .pipeline()
        .addLast(
            new HttpServerCodec(
                new HttpDecoderConfig()
                    .setMaxInitialLineLength(MAX_REQUEST_LINE)
                    .setMaxHeaderSize(MAX_HEADERS)),
            new HttpObjectAggregator(MAX_BODY, true),
            connection);
  }

  private void evict(Channel channel) {
    log.debug("{} closes {} for another", name, channel.remoteAddress());
    ChannelFuture unused = channel.close();
  }

  private static InetAddress address(Channel channel) {
    return channel.remoteAddress() instanceof InetSocketAddress address
        ? address.getAddress()
        : InetAddress.getLoopbackAddress();
  }

  /** Where it is reached from this machine: http://127.0.0.1:30000. */
  public String url() {
    Listening first = server.endpoints(InetAddress.getLoopbackAddress()).get(0);
    String host = first.address().isEmpty() ? "127.0.0.1" : first.address();
    return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + first.port();
  }

  /** The port it listens on. */
  public int port() {
    return server.port();
  }

  /** Connections whose requests came and have no answer yet. */
  int answering() {
    return limiter.busy();
  }

  /** Ends listening, connections and threads; waits for that, a few seconds at most. */
  @Override
  public void close() {
    server.close();
    executor.shutdownNow();
    transport.close();
    try {
      if (!executor.awaitTermination(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        log.warn("an answer of {} does not end; its thread ends with the process", name);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
