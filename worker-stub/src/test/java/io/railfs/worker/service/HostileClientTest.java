// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.railfs.protocol.Chunks;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.Frame;
import io.railfs.protocol.FrameDecoder;
import io.railfs.protocol.FrameHeader;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.HelloRequest;
import io.railfs.protocol.messages.ListRequest;
import io.railfs.protocol.messages.StatFsRequest;
import io.railfs.protocol.messages.StatRequest;
import io.railfs.worker.TestClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Clients that drip, lie, crowd in, or ask and never read; over sockets. */
final class HostileClientTest extends ServicesTestBase {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int CONNECTIONS = 12;
  private static final int OF_ADDRESS = 8;

  private void start(long handshake, long frame, long stall) throws Exception {
    start(new ServiceLimits(CONNECTIONS, OF_ADDRESS, 16, handshake, frame, 60_000, stall, 20_000));
  }

  private void start(ServiceLimits limits) throws Exception {
    start(limits, 4, 4_096);
  }

  @BeforeEach
  void open() {
    ufs.gate.countDown();
  }

  private static byte[] request(Opcode opcode, com.google.protobuf.MessageLite body) {
    ByteBuf frame = Frame.request(UnpooledByteBufAllocator.DEFAULT, opcode, 1, body);
    try {
      return ByteBufUtil.getBytes(frame);
    } finally {
      frame.release();
    }
  }

  private static byte[] stat(int pathLength) {
    byte[] path = new byte[pathLength];
    Arrays.fill(path, (byte) 'x');
    path[0] = '/';
    return request(
        Opcode.STAT, StatRequest.newBuilder().setPath(ByteString.copyFrom(path)).build());
  }

  /** Sends a byte each 20 ms until the worker closes; how long that took, in milliseconds. */
  private static long drip(TestClient client, byte[] bytes) throws Exception {
    long start = System.nanoTime();
    try {
      for (byte one : bytes) {
        client.send(new byte[] {one});
        TimeUnit.MILLISECONDS.sleep(20);
      }
      client.receive();
      throw new AssertionError("the worker went along with it");
    } catch (IOException e) {
      assertThat(e).isNotNull();
    }
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
  }

  @Test
  void bytesThatDripInProlongNeitherTheGreetingNorARequest() throws Exception {
    start(2_000, 2_000, 60_000);
    try (TestClient greets = TestClient.raw(rpc.port());
        TestClient asks = TestClient.connect(data.port())) {
      HelloRequest hello = HelloRequest.newBuilder().setClient("x".repeat(1_000)).build();
      assertThat(drip(greets, request(Opcode.HELLO, hello))).isLessThan(15_000);
      assertThat(drip(asks, stat(1_000))).isLessThan(15_000);
    }
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              assertThat(state.closeReasons()).containsEntry(CloseReason.NO_HELLO, 1L);
              assertThat(state.closeReasons()).containsEntry(CloseReason.INCOMPLETE_FRAME, 1L);
            });
  }

  @Test
  void aConnectionOnWhichNothingIsHalfStaysAfterTheTimeOfAFrame() throws Exception {
    start(60_000, 600, 60_000);
    try (TestClient client = TestClient.connect(rpc.port())) {
      TimeUnit.MILLISECONDS.sleep(2_000);
      assertThat(client.call(Opcode.STATFS, StatFsRequest.getDefaultInstance()).frame())
          .isNotNull();
    }
  }

  @Test
  void oneAddressHasItsLimitAndTheOthersAreServed() throws Exception {
    start(60_000, 60_000, 60_000);
    List<TestClient> crowd = new ArrayList<>();
    try {
      for (int i = 0; i < OF_ADDRESS; i++) {
        crowd.add(TestClient.connectFrom(2, rpc.port()));
      }
      try (TestClient extra = TestClient.rawFrom(2, rpc.port())) {
        assertThat(extra.receive().error().getCode()).isEqualTo(ErrorCode.BUSY);
      }
      try (TestClient other = TestClient.connect(rpc.port())) {
        assertThat(other.stat("/f").size()).isEqualTo(1);
      }
    } finally {
      for (TestClient client : crowd) {
        client.close();
      }
    }
    assertThat(state.closeReasons()).containsEntry(CloseReason.TOO_MANY_OF_ADDRESS, 1L);
    await().atMost(SOON).until(() -> state.connections() == 0);
    try (TestClient again = TestClient.connectFrom(2, rpc.port())) {
      assertThat(again.stat("/f").size()).isEqualTo(1);
    }
  }

  @Test
  void connectionsThatSayNothingGiveWayToThoseThatCome() throws Exception {
    start(60_000, 60_000, 60_000);
    List<TestClient> silent = new ArrayList<>();
    try {
      for (int i = 0; i < 5 * CONNECTIONS; i++) {
        silent.add(TestClient.rawFrom(2 + i / OF_ADDRESS, rpc.port()));
      }
      // While more of them come, one that is about to say HELLO may have to give way as well.
      await()
          .atMost(SOON)
          .until(() -> state.closeReasons().get(CloseReason.EVICTED) == 4L * CONNECTIONS);
      for (int i = 0; i < 3; i++) {
        try (TestClient client = TestClient.connect(data.port())) {
          FileVersion version = new FileVersion(BLOCK, 1, "");
          assertThat(TestClient.isIntact(client.read("/f", version, 0, Chunks.SIZE))).isTrue();
        }
      }
      assertThat(state.connections()).isLessThanOrEqualTo(CONNECTIONS);
    } finally {
      for (TestClient client : silent) {
        client.close();
      }
    }
  }

  @Test
  void halfRequestsOfAllConnectionsTogetherTakeNoMoreThanTheirBudget() throws Exception {
    start(new ServiceLimits(1_000, 1_000, 16, 60_000, 60_000, 60_000, 60_000, 20_000));
    int half = FrameHeader.MAX_REQUEST_LENGTH - 100;
    state.budgets().frames().take(state.budgets().frames().limit() - 10L * half);
    byte[] header =
        request(
            Opcode.STAT,
            StatRequest.newBuilder()
                .setPath(ByteString.copyFrom(new byte[FrameHeader.MAX_REQUEST_LENGTH - 10]))
                .build());
    List<TestClient> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 40; i++) {
        TestClient client = TestClient.connect(rpc.port());
        clients.add(client);
        client.send(Arrays.copyOf(header, half));
      }
      await().atMost(SOON).until(() -> state.closeReasons().get(CloseReason.NO_MEMORY) >= 29);
      try (TestClient other = TestClient.connect(rpc.port())) {
        assertThat(other.stat("/f").size()).isEqualTo(1);
      }
    } finally {
      for (TestClient client : clients) {
        client.close();
      }
    }
    await()
        .atMost(SOON)
        .until(
            () -> state.budgets().frames().used() == state.budgets().frames().limit() - 10L * half);
  }

  @Test
  void clientsThatAskAndNeverReadTakeNoMoreThanTheirBudgetAndAreCutOff() throws Exception {
    start(new ServiceLimits(100, 100, 64, 60_000, 60_000, 60_000, 30_000, 20_000));
    long limit = 24 << 20;
    state.budgets().replies().take(state.budgets().replies().limit() - limit);
    ListRequest list = ListRequest.newBuilder().setPath(ByteString.copyFromUtf8("/d")).build();
    List<TestClient> greedy = new ArrayList<>();
    try {
      for (int i = 0; i < 10; i++) {
        TestClient client = TestClient.connect(rpc.port());
        greedy.add(client);
        for (int k = 0; k < 32; k++) {
          client.send(Opcode.LIST, list);
        }
      }
      // What they hold is given up long before the stall timeout, and others are served all along.
      try (TestClient other = TestClient.connect(rpc.port())) {
        for (int i = 0; i < 50; i++) {
          assertThat(state.budgets().replies().used())
              .isLessThanOrEqualTo(state.budgets().replies().limit());
          other.call(Opcode.STATFS, StatFsRequest.getDefaultInstance());
          TimeUnit.MILLISECONDS.sleep(10);
        }
      }
    } finally {
      for (TestClient client : greedy) {
        client.close();
      }
    }
    await().atMost(SOON).until(() -> state.budgets().listings().used() == 0);
    await().atMost(SOON).until(() -> ufs.open.get() == 0);
    await().atMost(SOON).until(() -> state.budgets().requests().used() == 0);
  }

  @Test
  void aClientThatTakesItsRepliesByteByByteIsCutOff() throws Exception {
    start(60_000, 60_000, 1_000);
    ListRequest list = ListRequest.newBuilder().setPath(ByteString.copyFromUtf8("/d")).build();
    try (TestClient client = TestClient.connectWithSmallWindow(rpc.port())) {
      client.send(Opcode.LIST, list);
      long start = System.nanoTime();
      assertThatThrownBy(
              () -> {
                while (System.nanoTime() - start < SOON.toNanos()) {
                  client.readByte();
                  TimeUnit.MILLISECONDS.sleep(5);
                  if (state.connections() == 0) {
                    throw new IOException("it is cut off");
                  }
                }
              })
          .isInstanceOf(IOException.class);
    }
    assertThat(state.closeReasons()).containsEntry(CloseReason.STALLED, 1L);
  }

  @Test
  void bodiesAboveTheLimitOfRequestsEndTheConnection() throws Exception {
    start(60_000, 60_000, 60_000);
    try (TestClient client = TestClient.connect(rpc.port())) {
      byte[] frame = stat(FrameHeader.MAX_REQUEST_LENGTH + 1);
      client.send(Arrays.copyOf(frame, FrameHeader.LENGTH));
      assertThat(client.receive().error().getCode()).isEqualTo(ErrorCode.INVALID_REQUEST);
    }
    assertThat(FrameDecoder.FREE_BYTES).isLessThan(FrameHeader.MAX_REQUEST_LENGTH);
  }
}
