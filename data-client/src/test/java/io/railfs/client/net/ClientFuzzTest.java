// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.local.LocalServerChannel;
import io.railfs.client.Endpoint;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.Checksums;
import io.railfs.protocol.Chunks;
import io.railfs.protocol.EntryType;
import io.railfs.protocol.Frame;
import io.railfs.protocol.FrameDecoder;
import io.railfs.protocol.FrameFuzz;
import io.railfs.protocol.FrameFuzz.Sound;
import io.railfs.protocol.FrameHeader;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.messages.DataEndpoint;
import io.railfs.protocol.messages.DirectoryEntry;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.ErrorReply;
import io.railfs.protocol.messages.HelloReply;
import io.railfs.protocol.messages.ListReply;
import io.railfs.protocol.messages.ReadReply;
import io.railfs.protocol.messages.ReadRequest;
import io.railfs.protocol.messages.StatReply;
import io.railfs.protocol.messages.StatRequest;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Answers of a hostile worker against a client's connection as it is, on event loops, through
 * Netty's transport inside a process. Its buffers are counted one by one.
 */
final class ClientFuzzTest {
  private static final int FRAMES = 100_000;
  private static final int REQUESTS_OF_CONNECTION = 6;
  private static final int ROUNDS = 12;
  private static final int CHUNKS = 2;
  private static final long MAX_BYTES = 64 << 20;
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final byte[] NOTHING = new byte[0];

  private final UnpooledByteBufAllocator buffers = new UnpooledByteBufAllocator(true, true);
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(2, LocalIoHandler.newFactory());
  private final FrameFuzz fuzz = new FrameFuzz(FrameFuzz.seed("ClientFuzzTest"));
  private final AtomicLong frames = new AtomicLong();
  private final AtomicLong answered = new AtomicLong();
  private final AtomicLong most = new AtomicLong();
  private final Queue<Throwable> defects = new ConcurrentLinkedQueue<>();
  private final List<byte[]> bodies = new ArrayList<>();
  private final byte[] content = new byte[CHUNKS * Chunks.SIZE];
  private Channel worker;

  @BeforeEach
  void start() throws InterruptedException {
    fuzz.random().nextBytes(content);
    for (Opcode opcode : List.of(Opcode.HELLO, Opcode.STAT, Opcode.LIST, Opcode.READ)) {
      bodies.add(answer(opcode).toByteArray());
    }
    bodies.add(refusal().toByteArray());
    worker =
        new ServerBootstrap()
            .group(loops)
            .channel(LocalServerChannel.class)
            .childOption(ChannelOption.ALLOCATOR, buffers)
            .childHandler(
                new ChannelInitializer<LocalChannel>() {
                  @Override
                  protected void initChannel(LocalChannel channel) {
                    channel.pipeline().addLast(new FrameDecoder(0), new Liar());
                  }
                })
            .bind(new LocalAddress("liar" + System.identityHashCode(this)))
            .sync()
            .channel();
  }

  @AfterEach
  void stop() throws InterruptedException {
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
  }

  @Test
  void answersOfAHostileWorkerCostItsConnectionAndNoMemory() throws Exception {
    int wanted = FrameFuzz.frames(FRAMES);
    long start = System.nanoTime();
    while (frames.get() < wanted) {
      ask();
      assertThat(defects).as("exceptions that are none of the protocol's").isEmpty();
    }
    System.out.printf(
        "ClientFuzzTest: %d frames, %d whole answers, %d bytes of buffers at most, %d ms%n",
        frames.get(), answered.get(), most.get(), (System.nanoTime() - start) / 1_000_000);
    assertThat(answered.get()).as("whole answers").isGreaterThan(wanted / 8L);
    assertThat(most.get()).isLessThan(MAX_BYTES);
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              assertThat(buffers.metric().usedDirectMemory()).isZero();
              assertThat(buffers.metric().usedHeapMemory()).isZero();
            });
  }

  /** A connection with requests, each of which has exactly one end. */
  private void ask() throws Exception {
    Connection[] connection = new Connection[1];
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loops)
            .channel(LocalChannel.class)
            .option(ChannelOption.ALLOCATOR, buffers)
            .handler(
                new ChannelInitializer<LocalChannel>() {
                  @Override
                  protected void initChannel(LocalChannel channel) {
                    connection[0] = connection(channel);
                    channel
                        .pipeline()
                        .addLast(new FrameDecoder(FrameHeader.MAX_PAYLOAD_LENGTH), connection[0]);
                  }
                });
    Channel channel = bootstrap.connect(worker.localAddress()).sync().channel();
    List<Asked> all = new ArrayList<>();
    for (int i = 0; i < REQUESTS_OF_CONNECTION; i++) {
      Asked asked = new Asked(fuzz.random().nextInt(4));
      all.add(asked);
      connection[0].send(asked);
    }
    // Requests go to the worker's loop and answers come back: after some rounds nothing moves.
    for (int i = 0; i < ROUNDS && channel.isOpen() && !allEnded(all); i++) {
      channel.eventLoop().submit(() -> {}).sync();
      worker.eventLoop().submit(() -> {}).sync();
      most.accumulateAndGet(buffers.metric().usedDirectMemory(), Math::max);
    }
    channel.close().sync();
    long deadline = System.nanoTime() + SOON.toNanos();
    while (!allEnded(all) && System.nanoTime() < deadline) {
      channel.eventLoop().submit(() -> {}).sync();
    }
    for (Asked asked : all) {
      assertThat(asked.ends).as("ends of a request").hasValue(1);
    }
  }

  private static boolean allEnded(List<Asked> all) {
    return all.stream().allMatch(asked -> asked.ends.get() > 0);
  }

  private Connection connection(Channel channel) {
    WorkerRoute route = new WorkerRoute(new Endpoint("liar", 1), "", "");
    return new Connection(
        channel, route, TimeUnit.SECONDS.toNanos(60), new Rails.Counters(), this::closed);
  }

  private void closed(Connection connection, AttemptException cause, boolean idle) {
    if (cause.getCause() != null && !(cause.getCause() instanceof ProtocolException)) {
      defects.add(cause.getCause());
    }
  }

  private final class Asked extends WorkerCall {
    private final int kind;
    private final AtomicInteger ends = new AtomicInteger();
    private int received;

    Asked(int kind) {
      super(
          List.of(Opcode.HELLO, Opcode.STAT, Opcode.LIST, Opcode.READ).get(kind),
          System.nanoTime() + TimeUnit.SECONDS.toNanos(60));
      this.kind = kind;
    }

    @Override
    protected MessageLite request() {
      return switch (opcode()) {
        case STAT -> StatRequest.getDefaultInstance();
        case READ -> ReadRequest.newBuilder().setLength(content.length).build();
        default -> ClientHandshake.IDENTITY;
      };
    }

    @Override
    protected int payloadLength() {
      return opcode() == Opcode.READ ? content.length : 0;
    }

    @Override
    protected boolean takesSeveralReplies() {
      return opcode() == Opcode.LIST;
    }

    @Override
    protected void onReply(Frame reply) throws ProtocolException {
      answered.incrementAndGet();
      switch (opcode()) {
        case HELLO -> {
          String unused = ReplyValidator.problem(reply.parse(HelloReply.parser()));
        }
        case STAT -> {
          Attributes unused =
              ReplyValidator.attributes(reply.parse(StatReply.parser()).getAttributes());
        }
        case LIST -> {
          for (DirectoryEntry entry : reply.parse(ListReply.parser()).getEntriesList()) {
            Attributes unused = ReplyValidator.attributes(entry.getAttributes());
          }
        }
        default -> {
          ReadReply unused = reply.parse(ReadReply.parser());
        }
      }
    }

    @Override
    protected ByteBuf place(int limit) {
      return null;
    }

    @Override
    protected void onPayload(ByteBuf piece) {
      received += piece.readableBytes();
      if (received > content.length) {
        defects.add(new AssertionError(received + " bytes of payload"));
      }
    }

    @Override
    protected void onEnd() {
      ends.incrementAndGet();
    }

    @Override
    protected void onFailure(AttemptException cause) {
      ends.incrementAndGet();
    }

    @Override
    public String toString() {
      return "request " + kind;
    }
  }

  private MessageLite answer(Opcode opcode) {
    Attributes file =
        new Attributes(EntryType.REGULAR, 0644, 1, 1, 5, 6, 7, "tag", ByteString.EMPTY);
    return switch (opcode) {
      case HELLO ->
          HelloReply.newBuilder()
              .setWorkerId("liar")
              .setBlockSize(1 << 20)
              .addDataEndpoints(DataEndpoint.newBuilder().setPort(1))
              .build();
      case STAT -> StatReply.newBuilder().setAttributes(file.toMessage()).build();
      case LIST -> {
        ListReply.Builder list = ListReply.newBuilder();
        for (int i = 0; i < 5; i++) {
          list.addEntries(
              DirectoryEntry.newBuilder()
                  .setName(ByteString.copyFromUtf8("n" + i))
                  .setAttributes(file.toMessage()));
        }
        yield list.build();
      }
      default -> {
        ReadReply.Builder read = ReadReply.newBuilder();
        Arrays.stream(Checksums.ofChunks(ByteBuffer.wrap(content))).forEach(read::addChunkCrc32C);
        yield read.build();
      }
    };
  }

  private static ErrorReply refusal() {
    return ErrorReply.newBuilder().setCode(ErrorCode.BUSY).setMessage("not now\n").build();
  }

  /** Answers each request with one frame or two, of which some lie. */
  private final class Liar extends SimpleChannelInboundHandler<Frame> {
    @Override
    protected void channelRead0(ChannelHandlerContext ctx, Frame frame) {
      Opcode opcode = Opcode.ofCode(frame.header().opcode());
      long id = frame.header().requestId();
      synchronized (fuzz) {
        int parts = opcode == Opcode.LIST ? 1 + fuzz.random().nextInt(3) : 1;
        for (int i = 1; i <= parts; i++) {
          boolean refuses = fuzz.random().nextInt(16) == 0;
          int flags = FrameHeader.RESPONSE;
          flags |= refuses ? FrameHeader.ERROR : i < parts ? FrameHeader.MORE : 0;
          byte[] body = refuses ? bodies.get(4) : answer(opcode).toByteArray();
          byte[] payload = refuses || opcode != Opcode.READ ? NOTHING : content;
          send(ctx, fuzz.next(new Sound(flags, opcode.code(), id, body, payload), bodies));
          if (refuses) {
            break;
          }
        }
      }
    }

    private void send(ChannelHandlerContext ctx, byte[] bytes) {
      frames.incrementAndGet();
      ByteBuf whole = buffers.directBuffer(Math.max(1, bytes.length)).writeBytes(bytes);
      while (whole.isReadable()) {
        int length = Math.min(whole.readableBytes(), 1 + fuzz.random().nextInt(20_000));
        ChannelFuture unused = ctx.writeAndFlush(whole.readRetainedSlice(length));
      }
      whole.release();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ChannelFuture unused = ctx.close();
    }
  }
}
