// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.local.LocalServerChannel;
import io.netty.util.ReferenceCountUtil;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.Chunks;
import io.railfs.protocol.FrameFuzz;
import io.railfs.protocol.FrameFuzz.Sound;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.BlockSet;
import io.railfs.protocol.messages.CheckRequest;
import io.railfs.protocol.messages.FreeRequest;
import io.railfs.protocol.messages.HelloReply;
import io.railfs.protocol.messages.HelloRequest;
import io.railfs.protocol.messages.ListRequest;
import io.railfs.protocol.messages.LoadRequest;
import io.railfs.protocol.messages.PinRequest;
import io.railfs.protocol.messages.ProbeRequest;
import io.railfs.protocol.messages.ReadRequest;
import io.railfs.protocol.messages.StatFsRequest;
import io.railfs.protocol.messages.StatRequest;
import io.railfs.protocol.messages.StatusReply;
import io.railfs.protocol.messages.UnpinRequest;
import io.railfs.protocol.messages.XattrRequest;
import io.railfs.worker.access.OpenAccess;
import io.railfs.worker.listings.RememberedListings;
import io.railfs.worker.store.BlockAdmin;
import io.railfs.worker.store.BlockSource;
import io.railfs.worker.store.BlockStore;
import io.railfs.worker.store.disk.StoreSettings;
import io.railfs.worker.tasks.TaskPool;
import io.railfs.worker.ufs.FileUfs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * Frames of a hostile client against the handlers of both services, as they are: over a store and a
 * directory, on event loops, through Netty's transport inside a process. Its buffers are counted
 * one by one.
 */
final class WorkerFuzzTest {
  private static final int FRAMES = 100_000;
  private static final int BLOCK = 128 << 10;
  private static final int FRAMES_OF_CONNECTION = 100;
  private static final int MAX_BYTES = 64 << 20;
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir Path directory;
  private final UnpooledByteBufAllocator buffers = new UnpooledByteBufAllocator(true, true);
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(2, LocalIoHandler.newFactory());
  private final ServiceState state =
      new ServiceState(
          new ServiceLimits(64, 64, 64, 60_000, 60_000, 60_000, 60_000, 20_000),
          OpenAccess.create(),
          client -> Optional.of(HelloReply.getDefaultInstance()),
          path -> "");
  private final Queue<String> errors = new ConcurrentLinkedQueue<>();
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          if (event.getLevel() == Level.ERROR) {
            errors.add(event.getFormattedMessage() + " " + event.getThrowableProxy());
          }
        }
      };
  private final List<Channel> servers = new ArrayList<>();
  private final BlockingQueue<Taken> connected = new LinkedBlockingQueue<>();
  private final AtomicLong taken = new AtomicLong();
  private final AtomicLong most = new AtomicLong();
  private final List<byte[]> bodies = new ArrayList<>();
  private Attributes file;
  private FileUfs ufs;
  private BlockStore store;
  private BlockSource source;
  private BlockAdmin admin;
  private TaskPool pool;

  /** The worker's end of a connection. */
  private record Taken(ConnectionHandler handler, Channel channel) {}

  @BeforeEach
  void start() throws Exception {
    Path root = Files.createDirectory(directory.resolve("ufs"));
    Files.write(root.resolve("f"), new byte[3 * BLOCK + 5]);
    for (int i = 0; i < 20; i++) {
      Files.writeString(root.resolve("small" + i), "x");
    }
    ufs = FileUfs.open(root);
    file = ufs.stat(RailPath.of("/f"));
    StoreSettings settings =
        new StoreSettings(
            List.of(directory.resolve("store")), 64 << 20, 0, 16, 2, 95, 90, 50, 1000);
    store = BlockStore.open(settings);
    source = new BlockSource(store, ufs, BLOCK, 2, 2, 5_000);
    admin = new BlockAdmin(store, source, 2);
    pool = new TaskPool("railfs-meta", 2, 4_096);
    appender.start();
    logger().addAppender(appender);
    BlockRequests blockRequests = new BlockRequests(admin, BLOCK);
    servers.add(
        listen(
            "rpc",
            () ->
                new RpcHandler(
                    state,
                    state.rail("rpc", ""),
                    new RpcBackend(
                        ufs,
                        new RememberedListings(ufs, pool, 1 << 20),
                        pool,
                        pool,
                        StatusReply::getDefaultInstance,
                        admin),
                    blockRequests)));
    RailTraffic traffic = state.rail("data", "");
    DataBackend backend =
        new DataBackend(
            source, BLOCK, LocalService.none(state, "off"), RdmaService.none(state, "off"));
    servers.add(listen("data", () -> new DataHandler(state, traffic, backend)));
  }

  private static Logger logger() {
    return (Logger) LoggerFactory.getLogger("io.railfs");
  }

  private Channel listen(String name, java.util.function.Supplier<ConnectionHandler> handlers)
      throws InterruptedException {
    return new ServerBootstrap()
        .group(loops)
        .channel(LocalServerChannel.class)
        .childOption(ChannelOption.ALLOCATOR, buffers)
        .childHandler(
            new ChannelInitializer<LocalChannel>() {
              @Override
              protected void initChannel(LocalChannel channel) {
                ConnectionHandler handler = handlers.get();
                connected.add(new Taken(handler, channel));
                Services.init(channel, handler);
                channel.closeFuture().addListener(f -> taken.addAndGet(handler.decoder().frames()));
              }
            })
        .bind(new LocalAddress(name + System.identityHashCode(this)))
        .sync()
        .channel();
  }

  @AfterEach
  void stop() throws Exception {
    logger().detachAppender(appender);
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    admin.close();
    pool.close();
    source.close();
    store.close();
    ufs.close();
  }

  @Test
  void framesOfAHostileClientCostItsConnectionAndNoMemoryNorAnybodyElse() throws Exception {
    FrameFuzz fuzz = new FrameFuzz(FrameFuzz.seed("WorkerFuzzTest"));
    int frames = FrameFuzz.frames(FRAMES);
    List<List<Sound>> requests = List.of(rpcRequests(), dataRequests());
    long start = System.nanoTime();
    for (int sent = 0; sent < frames; sent += FRAMES_OF_CONNECTION) {
      int service = (sent / FRAMES_OF_CONNECTION) % 2;
      attack(fuzz, servers.get(service).localAddress(), requests.get(service));
      assertThat(errors).as("defects in the log").isEmpty();
    }
    System.out.printf(
        "WorkerFuzzTest: %d frames, %d whole ones to the handlers, %d bytes of buffers at most, %d"
            + " ms%n",
        frames, taken.get(), most.get(), (System.nanoTime() - start) / 1_000_000);
    await().atMost(SOON).untilAsserted(() -> assertThat(state.connections()).isZero());
    assertThat(taken.get()).as("frames that came past the decoder").isGreaterThan(frames / 4L);
    assertThat(most.get()).isLessThan(MAX_BYTES);
    await().atMost(SOON).untilAsserted(this::assertNothingIsHeld);
  }

  private void assertNothingIsHeld() {
    assertThat(buffers.metric().usedDirectMemory()).isZero();
    assertThat(buffers.metric().usedHeapMemory()).isZero();
    assertThat(state.budgets().frames().used()).as("frames").isZero();
    assertThat(state.budgets().requests().used()).as("requests").isZero();
    assertThat(state.budgets().replies().used()).as("replies").isZero();
    assertThat(state.budgets().listings().used()).as("listings").isZero();
  }

  /** A connection that says HELLO and then sends frames until it is closed, or closes itself. */
  private void attack(FrameFuzz fuzz, java.net.SocketAddress service, List<Sound> requests)
      throws Exception {
    Channel client =
        new Bootstrap()
            .group(loops)
            .channel(LocalChannel.class)
            .option(ChannelOption.ALLOCATOR, buffers)
            .handler(new Drain())
            .connect(service)
            .sync()
            .channel();
    ByteBuf bytes = buffers.directBuffer();
    boolean polite = fuzz.random().nextInt(20) > 0;
    bytes.writeBytes(polite ? requests.get(0).bytes() : fuzz.next(requests.get(0), bodies));
    for (int i = 1; i < FRAMES_OF_CONNECTION; i++) {
      bytes.writeBytes(fuzz.next(requests.get(fuzz.random().nextInt(requests.size())), bodies));
    }
    while (bytes.isReadable()) {
      int length = Math.min(bytes.readableBytes(), 1 + fuzz.random().nextInt(8 << 10));
      ChannelFuture unused = client.writeAndFlush(bytes.readRetainedSlice(length));
    }
    bytes.release();
    Taken handler = connected.poll(10, TimeUnit.SECONDS);
    if (fuzz.random().nextInt(10) > 0) {
      awaitTaken(client, handler);
    }
    client.close().sync();
    most.accumulateAndGet(buffers.metric().usedDirectMemory(), Math::max);
  }

  /** Until the worker has closed the connection or takes nothing any more. */
  private void awaitTaken(Channel client, Taken taken) throws Exception {
    long before = -1;
    long now = 0;
    while (client.isOpen() && now != before) {
      before = now;
      now = taken.channel().eventLoop().submit(() -> progress(taken)).get();
      most.accumulateAndGet(buffers.metric().usedDirectMemory(), Math::max);
    }
  }

  /** A number that changes as long as there is something to take. */
  private static long progress(Taken taken) {
    boolean paused = !taken.channel().config().isAutoRead();
    return paused ? System.nanoTime() : taken.handler().decoder().frames();
  }

  private static final class Drain extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ReferenceCountUtil.release(message);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ChannelFuture unused = ctx.close();
    }
  }

  private Sound sound(Opcode opcode, long id, MessageLite body) {
    byte[] bytes = body.toByteArray();
    bodies.add(bytes);
    return new Sound(0, opcode.code(), id, bytes, new byte[0]);
  }

  private static ByteString path(String text) {
    return ByteString.copyFromUtf8(text);
  }

  private List<Sound> rpcRequests() {
    BlockSet.Builder blocks =
        BlockSet.newBuilder().setPath(path("/f")).setVersion(file.version().toMessage());
    blocks.addBlocks(0).addBlocks(1).addBlocks(2);
    List<Sound> all = new ArrayList<>();
    all.add(sound(Opcode.HELLO, 1, HelloRequest.newBuilder().setClient("fuzz").build()));
    all.add(sound(Opcode.STAT, 2, StatRequest.newBuilder().setPath(path("/f")).build()));
    all.add(sound(Opcode.STAT, 3, StatRequest.newBuilder().setPath(path("/no")).build()));
    all.add(sound(Opcode.LIST, 4, ListRequest.newBuilder().setPath(path("/")).build()));
    all.add(sound(Opcode.XATTR, 5, XattrRequest.newBuilder().setPath(path("/f")).build()));
    all.add(sound(Opcode.STATFS, 6, StatFsRequest.getDefaultInstance()));
    all.add(sound(Opcode.LOAD, 7, LoadRequest.newBuilder().setBlocks(blocks).build()));
    all.add(sound(Opcode.FREE, 8, FreeRequest.newBuilder().setBlocks(blocks).build()));
    all.add(sound(Opcode.CHECK, 9, CheckRequest.newBuilder().setBlocks(blocks).build()));
    all.add(sound(Opcode.PIN, 10, PinRequest.newBuilder().setBlocks(blocks).build()));
    all.add(sound(Opcode.UNPIN, 11, UnpinRequest.newBuilder().setBlocks(blocks).build()));
    return all;
  }

  private List<Sound> dataRequests() {
    List<Sound> all = new ArrayList<>();
    all.add(sound(Opcode.HELLO, 1, HelloRequest.newBuilder().setClient("fuzz").build()));
    all.add(sound(Opcode.PROBE, 2, ProbeRequest.newBuilder().setLength(1_000).build()));
    for (int i = 0; i < 6; i++) {
      ReadRequest read =
          ReadRequest.newBuilder()
              .setPath(path("/f"))
              .setVersion(file.version().toMessage())
              .setOffset(i * (long) Chunks.SIZE * 4)
              .setLength(Chunks.SIZE)
              .setSuspect(i == 5)
              .build();
      all.add(sound(Opcode.READ, 3 + i, read));
    }
    return all;
  }
}
