// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.railfs.fabric.FabricException;
import io.railfs.fabric.Transport;
import io.railfs.fabric.local.Host;
import io.railfs.protocol.Chunks;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.HelloReply;
import io.railfs.protocol.messages.HelloRequest;
import io.railfs.protocol.messages.LocalOffer;
import io.railfs.protocol.messages.OpenReply;
import io.railfs.protocol.messages.OpenRequest;
import io.railfs.worker.TestClient;
import io.railfs.worker.store.Block;
import io.railfs.worker.store.SharedBlock;
import io.railfs.worker.store.disk.FileId;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Blocks for readers on this host, over real sockets. */
final class LocalServiceTest extends ServicesTestBase {
  /** Milliseconds that nothing comes near, however busy the machine is. */
  private static final long AMPLE = 120_000;

  private static final Duration SOON = Duration.ofSeconds(60);
  private static final FileVersion VERSION = new FileVersion(BLOCK, 1, "");

  @TempDir Path run;

  @Override
  LocalService startLocal(Transport over) throws FabricException {
    return LocalService.start(over, state, run.resolve("s/socket").toString(), List.of());
  }

  private static SocketChannel connect(TestClient client) throws Exception {
    HelloRequest hello = HelloRequest.newBuilder().setLocalHost(Host.id()).build();
    LocalOffer offer = client.call(Opcode.HELLO, hello).parse(HelloReply.parser()).getLocal();
    assertThat(offer.getProblem()).isEmpty();
    SocketChannel unix =
        SocketChannel.open(UnixDomainSocketAddress.of(offer.getSocket().toStringUtf8()));
    ByteBuffer half = ByteBuffer.wrap(offer.getToken().substring(0, Tickets.HALF).toByteArray());
    while (half.hasRemaining()) {
      unix.write(half);
    }
    ByteBuffer answer = ByteBuffer.allocate(Tickets.HALF);
    while (answer.hasRemaining() && unix.read(answer) >= 0) {
      assertThat(answer.position()).isPositive();
    }
    assertThat(ByteString.copyFrom(answer.flip()))
        .isEqualTo(offer.getToken().substring(Tickets.HALF));
    return unix;
  }

  private static OpenRequest open() {
    return OpenRequest.newBuilder()
        .setPath(ByteString.copyFromUtf8("/f"))
        .setVersion(VERSION.toMessage())
        .build();
  }

  /** Has the whole block loaded and stored. */
  private FileId store(TestClient client) throws Exception {
    FileId id = source.file(RailPath.of("/f"), VERSION);
    ufs.gate.countDown();
    assertThat(client.read("/f", VERSION, 0, Chunks.SIZE).frame().header().isError()).isFalse();
    await()
        .atMost(SOON)
        .until(
            () -> {
              Block block = source.peek(id, 0);
              if (block != null) {
                block.release();
              }
              return block != null;
            });
    return id;
  }

  @Test
  void aBlockThatWasAskedForOverAnEndedUnixConnectionDoesNotComeOverTheNextOne() throws Exception {
    start(new ServiceLimits(10, 10, 16, AMPLE, AMPLE, AMPLE, AMPLE, AMPLE), 1, 4);
    CountDownLatch gate = new CountDownLatch(1);
    try (TestClient client = TestClient.connect(data.port())) {
      FileId id = store(client);
      try (SocketChannel first = connect(client)) {
        assertThat(client.call(Opcode.OPEN, open()).parse(OpenReply.parser()).getNumber()).isOne();
        assertThat(first.read(ByteBuffer.allocate(10))).as("one descriptor's byte").isOne();
        for (int i = 0; i < DISK_THREADS; i++) {
          source.share(id, 0, shared -> hold(shared, gate));
        }
        client.send(Opcode.OPEN, open());
        try (SocketChannel second = connect(client)) {
          gate.countDown();
          assertThat(client.receive().parse(OpenReply.parser()).getNumber()).isZero();
          assertThat(client.call(Opcode.OPEN, open()).parse(OpenReply.parser()).getNumber())
              .isOne();
          assertThat(second.read(ByteBuffer.allocate(10))).as("one descriptor's byte").isOne();
        }
      } finally {
        gate.countDown();
      }
    }
  }

  /** Keeps a thread of the disk. */
  private static void hold(SharedBlock shared, CountDownLatch gate) {
    try {
      assertThat(gate.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      LocalService.close(shared);
    }
  }
}
