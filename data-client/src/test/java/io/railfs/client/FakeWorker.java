// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.railfs.fabric.Transport;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.EntryType;
import io.railfs.protocol.FrameDecoder;
import io.railfs.protocol.messages.DataEndpoint;
import io.railfs.protocol.messages.HelloReply;
import io.railfs.protocol.messages.LocalOffer;
import io.railfs.protocol.messages.ReadRequest;
import io.railfs.protocol.messages.WorkerState;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** A worker on real sockets that serves {@link Content} and misbehaves as it is asked to. */
final class FakeWorker implements AutoCloseable {
  static final int BLOCK_SIZE = 1 << 20;

  final Queue<ReadRequest> reads = new ConcurrentLinkedQueue<>();
  final Map<String, Attributes> files = new ConcurrentHashMap<>();
  final List<MessageLite> listing = new java.util.concurrent.CopyOnWriteArrayList<>();
  final AtomicInteger listings = new AtomicInteger();
  final AtomicInteger connections = new AtomicInteger();
  final AtomicInteger stats = new AtomicInteger();

  /** Blocks that were to be loaded. */
  final Queue<Integer> loaded = new ConcurrentLinkedQueue<>();

  /** Else a load ends the connection. */
  volatile boolean takesLoads = true;

  /** The first so many listings and stats break off with the connection, half-way. */
  volatile int brokenMetadataAnswers;

  /** Between the parts of a listing; that one has to be sound. */
  volatile Duration pauseBetweenParts = Duration.ZERO;

  /** Payload bytes asked for and not sent; their highest number. */
  final AtomicLong outstanding = new AtomicLong();

  final AtomicLong maxOutstanding = new AtomicLong();

  /** How often its services were asked HELLO. */
  final AtomicInteger dataHellos = new AtomicInteger();

  final AtomicInteger rpcHellos = new AtomicInteger();

  /** Of the data service that it names; 0 for the one that it has. */
  volatile int namedDataPort;

  /** What it offers to a client on its host. */
  volatile LocalOffer local = LocalOffer.newBuilder().setProblem("made to have none").build();

  volatile WorkerState state = WorkerState.SERVING;
  volatile long capacity;

  volatile Fault.Script script = (request, number) -> new Fault.None();

  private final String id;
  private final int blockSize;
  private final Transport transport = Transport.create("fake-worker", 1);
  private final ChannelGroup accepted = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final Channel rpc;
  private final int dataPort;
  private volatile Channel data;
  private final AtomicInteger readCount = new AtomicInteger();
  private volatile boolean frozen;

  private FakeWorker(String id, int blockSize, int rpcPort) {
    this.id = id;
    this.blockSize = blockSize;
    data = listen(0, () -> new FakeDataService(this));
    dataPort = ((InetSocketAddress) data.localAddress()).getPort();
    rpc = listen(rpcPort, () -> new FakeRpcService(this));
  }

  static FakeWorker start(String id) {
    return new FakeWorker(id, BLOCK_SIZE, 0);
  }

  static FakeWorker start(String id, int blockSize) {
    return new FakeWorker(id, blockSize, 0);
  }

  static FakeWorker restart(String id, int rpcPort) {
    return new FakeWorker(id, BLOCK_SIZE, rpcPort);
  }

  int rpcPort() {
    return ((InetSocketAddress) rpc.localAddress()).getPort();
  }

  String endpoint() {
    return "127.0.0.1:" + rpcPort();
  }

  HelloReply hello() {
    return HelloReply.newBuilder()
        .setWorkerId(id)
        .setBlockSize(blockSize)
        .setState(state)
        .setCapacityBytes(capacity)
        .addDataEndpoints(
            DataEndpoint.newBuilder().setPort(namedDataPort == 0 ? dataPort : namedDataPort))
        .setLocal(local)
        .build();
  }

  Fault nextFault(ReadRequest request) {
    reads.add(request);
    long now = outstanding.addAndGet(request.getLength());
    maxOutstanding.accumulateAndGet(now, Math::max);
    return script.next(request, readCount.getAndIncrement());
  }

  void file(String path, long size) {
    files.put(
        path,
        new Attributes(
            EntryType.REGULAR,
            0644,
            0,
            0,
            size,
            1_700_000_000_000_000_000L,
            0,
            "",
            ByteString.EMPTY));
  }

  /** As SIGSTOP does: connections and new connects stay, nothing is read or answered any more. */
  void freeze() {
    frozen = true;
    accepted.forEach(channel -> channel.config().setAutoRead(false));
    rpc.config().setAutoRead(false);
    data.config().setAutoRead(false);
  }

  boolean isFrozen() {
    return frozen;
  }

  void thaw() {
    frozen = false;
    rpc.config().setAutoRead(true);
    data.config().setAutoRead(true);
    accepted.forEach(channel -> channel.config().setAutoRead(true));
  }

  /** Connections to both services now. */
  int openConnections() {
    return accepted.size();
  }

  /** From now on its data service refuses connections. */
  void closeDataService() {
    data.close().syncUninterruptibly();
  }

  /** Its data service takes connections again. */
  void openDataService() {
    data = listen(dataPort, () -> new FakeDataService(this));
  }

  /** As a worker does with connections that nobody has used for long. */
  void closeConnections() {
    accepted.close().awaitUninterruptibly(5_000);
  }

  private Channel listen(int port, java.util.function.Supplier<ChannelHandler> service) {
    return new ServerBootstrap()
        .group(transport.group())
        .channel(transport.serverChannel())
        .option(ChannelOption.SO_REUSEADDR, true)
        .childHandler(
            new ChannelInitializer<SocketChannel>() {
              @Override
              protected void initChannel(SocketChannel channel) {
                accepted.add(channel);
                connections.incrementAndGet();
                channel.config().setAutoRead(!frozen);
                channel.pipeline().addLast(new FrameDecoder(0), service.get());
              }
            })
        .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
        .syncUninterruptibly()
        .channel();
  }

  @Override
  public void close() {
    if (transport.group().isShuttingDown()) {
      return;
    }
    rpc.close().syncUninterruptibly();
    data.close().syncUninterruptibly();
    accepted.close().awaitUninterruptibly(5_000);
    transport.close();
  }
}
