// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.railfs.fabric.FabricException;
import io.railfs.fabric.Transport;
import io.railfs.worker.objects.ObjectException.Kind;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.TrustManager;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.async.AsyncExecuteRequest;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.ProxyConfiguration;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;

/** The connections to one store: as many as it may have requests, on threads of their own. */
final class S3Http implements SdkAsyncHttpClient {
  private static final Duration CONNECT = Duration.ofSeconds(5);

  /** Between two threads, by which a request that waited for a connection learns that it failed. */
  private static final int HOPS = 8;

  /** What is left on a thread after that. */
  private static final long QUIET_MILLIS = 50;

  private static final int LEAST_THREADS = 2;
  private static final int MOST_THREADS = 8;

  /** What one read of a socket may bring, which is what a connection holds outside the heap. */
  private static final int LEAST_READ = 16 << 10;

  private static final int USUAL_READ = 64 << 10;
  private static final int LONGEST_READ = 256 << 10;

  private final EventLoopGroup group;

  /** All connections, those that are being made included. */
  private final ChannelGroup channels;

  private final SdkAsyncHttpClient client;
  private final Optional<ProxyRoute> rewriting;

  private S3Http(
      EventLoopGroup group,
      ChannelGroup channels,
      SdkAsyncHttpClient client,
      Optional<ProxyRoute> rewriting) {
    this.group = group;
    this.channels = channels;
    this.client = client;
    this.rewriting = rewriting;
  }

  /**
   * Opens no connection yet.
   *
   * @param tls whether the store is reached by https
   * @param proxy on the way to it
   * @param trust of its certificate; none for that of the JVM
   */
  static S3Http open(
      S3Options options,
      ObjectLimits limits,
      boolean tls,
      Optional<ProxyRoute> proxy,
      TrustManager[] trust)
      throws ObjectException {
    String device = options.of("bind_device");
    check(device);
    Optional<ProxyRoute> rewriting = tls ? Optional.empty() : proxy;
    int threads =
        Math.max(
            LEAST_THREADS, Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors() / 4));
    EventLoopGroup group = group(threads);
    ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    Duration attempt = Duration.ofMillis(limits.attemptTimeout());
    NettyNioAsyncHttpClient.Builder builder =
        NettyNioAsyncHttpClient.builder()
            .eventLoopGroup(
                SdkEventLoopGroup.create(group, () -> channel(device, rewriting, channels)))
            .maxConcurrency(limits.concurrentRequests())
            .maxPendingConnectionAcquires(2 * limits.concurrentRequests())
            .connectionAcquisitionTimeout(attempt)
            .connectionTimeout(CONNECT.compareTo(attempt) < 0 ? CONNECT : attempt)
            .tlsNegotiationTimeout(CONNECT)
            .readTimeout(attempt)
            .writeTimeout(attempt)
            .tcpKeepAlive(true)
            .putChannelOption(ChannelOption.ALLOCATOR, Transport.BUFFERS)
            .putChannelOption(
                ChannelOption.RECVBUF_ALLOCATOR,
                new AdaptiveRecvByteBufAllocator(LEAST_READ, USUAL_READ, LONGEST_READ))
            .proxyConfiguration(tunnel(tls ? proxy : Optional.empty()));
    if (tls) {
      builder.tlsTrustManagersProvider(() -> trust);
    }
    return new S3Http(group, channels, builder.build(), rewriting);
  }

  private static void check(String device) throws ObjectException {
    if (device.isEmpty()) {
      return;
    }
    Channel trial = Epoll.isAvailable() ? new EpollSocketChannel() : new NioSocketChannel();
    try {
      Transport.bindToDevice(trial, device);
    } catch (FabricException e) {
      throw new ObjectException(Kind.MISCONFIGURED, "bind_device: " + e.getMessage());
    } finally {
      trial.unsafe().closeForcibly();
    }
  }

  /** The SDK knows the event loops of Netty 4.1 only. */
  @SuppressWarnings("deprecation")
  private static EventLoopGroup group(int threads) {
    DefaultThreadFactory names = new DefaultThreadFactory("railfs-s3", true);
    return Epoll.isAvailable()
        ? new EpollEventLoopGroup(threads, names)
        : new NioEventLoopGroup(threads, names);
  }

  private static Channel channel(
      String device, Optional<ProxyRoute> rewriting, ChannelGroup channels) {
    Channel channel = Epoll.isAvailable() ? new EpollSocketChannel() : new NioSocketChannel();
    try {
      if (!device.isEmpty()) {
        Transport.bindToDevice(channel, device);
      }
    } catch (FabricException e) {
      channel.unsafe().closeForcibly();
      throw new IllegalStateException(e.getMessage(), e);
    }
    channel.pipeline().addLast(new StrayCancel());
    rewriting.ifPresent(proxy -> channel.pipeline().addLast(new AbsoluteForm(basic(proxy))));
    channels.add(channel);
    return channel;
  }

  private static String basic(ProxyRoute proxy) {
    String login = proxy.user() + ":" + proxy.password();
    return proxy.user().isEmpty()
        ? ""
        : "Basic " + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8));
  }

  private static ProxyConfiguration tunnel(Optional<ProxyRoute> proxy) {
    ProxyConfiguration.Builder builder =
        ProxyConfiguration.builder()
            .useSystemPropertyValues(false)
            .useEnvironmentVariableValues(false);
    if (proxy.isPresent()) {
      ProxyRoute to = proxy.get();
      builder.host(to.host()).port(to.port()).scheme(to.tls() ? "https" : "http");
      if (!to.user().isEmpty()) {
        builder.username(to.user()).password(to.password());
      }
    }
    return builder.build();
  }

  @Override
  public CompletableFuture<Void> execute(AsyncExecuteRequest request) {
    if (rewriting.isEmpty()) {
      return client.execute(request);
    }
    // It stays signed for the store, whose name is in its Host header.
    ProxyRoute proxy = rewriting.get();
    SdkHttpRequest plain = request.request();
    String host =
        plain
            .firstMatchingHeader("Host")
            .orElse(plain.host() + (plain.port() == 80 ? "" : ":" + plain.port()));
    SdkHttpRequest there =
        plain.toBuilder()
            .protocol(proxy.tls() ? "https" : "http")
            .host(proxy.host())
            .port(proxy.port())
            .putHeader("Host", host)
            .build();
    return client.execute(
        AsyncExecuteRequest.builder()
            .request(there)
            .requestContentPublisher(request.requestContentPublisher())
            .responseHandler(request.responseHandler())
            .fullDuplex(request.fullDuplex())
            .httpExecutionAttributes(request.httpExecutionAttributes())
            .build());
  }

  @Override
  public String clientName() {
    return client.clientName();
  }

  /**
   * Ends the connections at once; what is still asked fails. Their threads go last: each says
   * others of the end of its connections, and Netty logs an error where one of these is gone.
   */
  @Override
  public void close() {
    client.close();
    channels.close().awaitUninterruptibly(CONNECT.toMillis());
    for (int round = 0; round < HOPS; round++) {
      group.forEach(thread -> thread.submit(() -> {}).awaitUninterruptibly(CONNECT.toMillis()));
    }
    group
        .shutdownGracefully(QUIET_MILLIS, CONNECT.toMillis(), TimeUnit.MILLISECONDS)
        .awaitUninterruptibly(CONNECT.toMillis());
  }
}
