// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.FileDescriptor;
import io.railfs.client.Endpoint;
import io.railfs.client.FetchRequest;
import io.railfs.protocol.Chunks;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.Frame;
import io.railfs.protocol.FrameDecoder;
import io.railfs.protocol.FrameHeader;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.OpenReply;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The Unix connection is made again while the worker still opens blocks for the one before. */
final class LocalBlocksTest {
  private static final int BLOCK = 256 << 10;

  private final Object worker = new Object();
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final EmbeddedChannel requests = new EmbeddedChannel(new FrameDecoder(0));
  private final LocalSide side = new LocalSide(16, channel.eventLoop());
  private final List<AttemptException> failures = new ArrayList<>();
  private Connection connection;
  private LocalBlocks blocks;

  @BeforeEach
  void start() {
    // Loads what descriptors need.
    Epoll.ensureAvailability();
    connection =
        new Connection(
            channel,
            new WorkerRoute(new Endpoint("worker", 1), "", ""),
            TimeUnit.SECONDS.toNanos(600),
            new Rails.Counters(),
            (closed, cause, idle) -> failures.add(cause));
    channel.pipeline().addLast(new FrameDecoder(FrameHeader.MAX_PAYLOAD_LENGTH), connection);
    blocks = blocks();
  }

  private LocalBlocks blocks() {
    return new LocalBlocks(connection, side, worker, BLOCK, reason -> {});
  }

  @AfterEach
  void stop() {
    connection.close(new AttemptException(AttemptException.Kind.CLOSED, "the test ends"));
    channel.finishAndReleaseAll();
    requests.finishAndReleaseAll();
    side.close();
  }

  /** A read whose end nobody looks at. */
  private static final class Read extends BlockRead {
    Read(FetchRequest fetch) {
      super(fetch, 0, fetch.length(), false);
    }

    @Override
    protected ByteBuf placeAt(int position, int limit) {
      return null;
    }

    @Override
    protected void writeAt(int position, ByteBuf bytes) {}

    @Override
    protected void arrivedBytes(int bytes) {}

    @Override
    protected void chunkVerified(int position, int bytes) {}

    @Override
    protected void chunkBad() {}

    @Override
    protected void ended(int bad) {}

    @Override
    protected void onFailure(AttemptException cause) {}
  }

  private Read fetch(long block) throws Exception {
    FileVersion version = new FileVersion(16L * BLOCK, 1, "");
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(600);
    Read read =
        new Read(
            new FetchRequest(RailPath.of("/f"), version, block * BLOCK, Chunks.SIZE, deadline));
    blocks.fetch(read);
    return read;
  }

  private FrameHeader nextRequest() {
    channel.runPendingTasks();
    for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
      requests.writeInbound(out);
    }
    Frame request = requests.readInbound();
    return request.header();
  }

  private void open(long id, long number) {
    OpenReply.Builder reply = OpenReply.newBuilder().setNumber(number);
    for (int i = 0; i < Chunks.count(BLOCK); i++) {
      reply.addChunkCrc32C(0);
    }
    channel.writeInbound(Frame.reply(channel.alloc(), Opcode.OPEN, id, reply.build(), false, 0));
  }

  @Test
  void aReplyForAnEndedUnixConnectionDoesNotEndTheDataConnection() throws Exception {
    Read unused = fetch(0);
    open(nextRequest().requestId(), 1);
    Read waits = fetch(1);
    long opening = nextRequest().requestId();
    blocks.end();
    assertThat(nextRequest().opcode()).as("the first read").isEqualTo(Opcode.READ.code());
    assertThat(nextRequest().opcode()).as("the second read").isEqualTo(Opcode.READ.code());
    // Counted from 1 again.
    open(opening, 1);
    assertThat(failures).isEmpty();
    assertThat(channel.isOpen()).isTrue();
    assertThat(connection.isUnderWay(waits)).isTrue();
  }

  @Test
  void aDescriptorForAnEndedUnixConnectionIsClosedByTheNextOne() throws Exception {
    Read first = fetch(0);
    long opening = nextRequest().requestId();
    blocks.end();
    assertThat(nextRequest().requestId()).isEqualTo(first.id());
    blocks = blocks();
    FileDescriptor late = FileDescriptor.from("/dev/null");
    blocks.received(late);
    open(opening, 1);
    assertThat(late.isOpen()).isTrue();
    Read second = fetch(1);
    open(nextRequest().requestId(), 2);
    await().atMost(Duration.ofSeconds(30)).until(() -> !late.isOpen());
    assertThat(failures).isEmpty();
    assertThat(connection.isUnderWay(second)).isTrue();
    blocks.received(FileDescriptor.from("/dev/null"));
    assertThat(connection.isUnderWay(second)).as("the second read waits").isFalse();
  }

  @Test
  void aDescriptorThatNobodyAskedForIsClosedWithItsUnixConnection() throws IOException {
    FileDescriptor late = FileDescriptor.from("/dev/null");
    blocks.received(late);
    blocks.end();
    await().atMost(Duration.ofSeconds(30)).until(() -> !late.isOpen());
  }
}
