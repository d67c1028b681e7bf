// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.csi.calls;

import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Serves gRPC at a Unix socket that root alone may use. Calls are answered by a fixed number of
 * threads; each is over within seconds. Owns the threads and the socket's file.
 */
public final class SocketServer implements AutoCloseable {
  private static final int THREADS = 64;
  private static final int IDLE_SECONDS = 30;
  private static final int CLOSE_SECONDS = 12;

  /** The kernel's limit for the path of a socket, less the NUL. */
  private static final int LONGEST_PATH = 107;

  private final Path socket;
  private final MultiThreadIoEventLoopGroup group;
  private final ExecutorService threads;
  private final Server server;

  private SocketServer(
      Path socket, MultiThreadIoEventLoopGroup group, ExecutorService threads, Server server) {
    this.socket = socket;
    this.group = group;
    this.threads = threads;
    this.server = server;
  }

  /**
   * Starts to serve. A socket that a former process left is replaced.
   *
   * @throws IOException where the socket cannot be made
   */
  public static SocketServer start(Path socket, List<? extends BindableService> services)
      throws IOException {
    if (socket.toString().length() > LONGEST_PATH) {
      throw new IOException("the path of the socket is longer than " + LONGEST_PATH + " bytes");
    }
    Files.createDirectories(socket.getParent());
    Files.deleteIfExists(socket);
    MultiThreadIoEventLoopGroup group =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("railfs-csi-io", true), EpollIoHandler.newFactory());
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            new DefaultThreadFactory("railfs-csi-call", true));
    threads.allowCoreThreadTimeOut(true);
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
            .channelType(EpollServerDomainSocketChannel.class)
            .bossEventLoopGroup(group)
            .workerEventLoopGroup(group)
            .executor(threads);
    services.forEach(builder::addService);
    SocketServer made = new SocketServer(socket, group, threads, builder.build());
    try {
      made.server.start();
      Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
      return made;
    } catch (IOException e) {
      made.close();
      throw e;
    }
  }

  /** Ends when the calls that are under way have been answered. */
  @Override
  public void close() {
    server.shutdown();
    try {
      if (!server.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        server.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      server.shutdownNow();
    }
    threads.shutdown();
    group
        .shutdownGracefully(0, 1, TimeUnit.SECONDS)
        .awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
  }

  /** Where it serves. */
  public Path socket() {
    return socket;
  }
}
