// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.s3;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import io.railfs.fabric.Transport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * {@code S3Server DIRECTORY BUCKET PORT}: shows a directory as the one bucket of an S3 server, on
 * loopback, by path ({@code /BUCKET/KEY}), for reading. It looks at no signature.
 *
 * <p>It exists because S3Proxy, which the tests use, copies bodies through the heap and would be
 * the limit of what is measured. Here large bodies go from the kernel's page cache to the socket by
 * sendfile, small ones leave in one write with their headers, and no request changes its thread.
 * Files are opened on the event loops: they are to be in the page cache.
 */
public final class S3Server implements AutoCloseable {
  /** A key of 1,024 bytes, each percent-encoded, and the parameters of a listing. */
  private static final int LONGEST_LINE = 16 << 10;

  private static final int LONGEST_HEADERS = 64 << 10;
  private static final int CHUNK = 8 << 10;
  private static final int BACKLOG = 1024;
  private static final long BIND_SECONDS = 10;

  private final Transport transport;
  private final Channel channel;

  private S3Server(Transport transport, Channel channel) {
    this.transport = transport;
    this.channel = channel;
  }

  public static void main(String[] words) throws IOException, InterruptedException {
    S3Server server = start(Path.of(words[0]), words[1], Integer.parseInt(words[2]));
    Runtime.getRuntime().addShutdownHook(new Thread(server::close, "stop"));
    server.channel.closeFuture().sync();
  }

  /**
   * Listens when it returns.
   *
   * @param port 0 for a free one
   */
  static S3Server start(Path directory, String bucket, int port)
      throws IOException, InterruptedException {
    Bucket served = new Bucket(bucket, directory.toRealPath());
    Transport transport =
        Transport.create("railfs-bench-s3", Runtime.getRuntime().availableProcessors());
    try {
      var bound =
          new ServerBootstrap()
              .group(transport.group())
              .channel(transport.serverChannel())
              .option(ChannelOption.SO_BACKLOG, BACKLOG)
              .childOption(ChannelOption.ALLOCATOR, Transport.BUFFERS)
              .childHandler(new Pipeline(served))
              .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      if (!bound.await(BIND_SECONDS, TimeUnit.SECONDS) || !bound.isSuccess()) {
        throw new IOException("port " + port + " cannot be bound", bound.cause());
      }
      return new S3Server(transport, bound.channel());
    } catch (IOException | InterruptedException | RuntimeException e) {
      transport.close();
      throw e;
    }
  }

  private static final class Pipeline extends ChannelInitializer<SocketChannel> {
    private final Bucket bucket;

    Pipeline(Bucket bucket) {
      this.bucket = bucket;
    }

    @Override
    protected void initChannel(SocketChannel channel) {
      channel
          .pipeline()
          .addLast(new HttpServerCodec(LONGEST_LINE, LONGEST_HEADERS, CHUNK))
          .addLast(new S3Connection(bucket));
    }
  }

  int port() {
    return ((InetSocketAddress) channel.localAddress()).getPort();
  }

  @Override
  public void close() {
    channel.close().awaitUninterruptibly(BIND_SECONDS, TimeUnit.SECONDS);
    transport.close();
  }
}
