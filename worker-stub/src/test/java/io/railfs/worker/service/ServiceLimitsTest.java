// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.railfs.protocol.Chunks;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.ListReply;
import io.railfs.protocol.messages.ListRequest;
import io.railfs.protocol.messages.StatFsRequest;
import io.railfs.protocol.messages.StatRequest;
import io.railfs.worker.TestClient;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The services over a UFS that hangs or never ends, and before clients that do not read. */
final class ServiceLimitsTest extends ServicesTestBase {
  private static final int QUEUE = 4;
  private static final Duration SOON = Duration.ofSeconds(60);

  /** Milliseconds that nothing comes near, however busy the machine is. */
  private static final long AMPLE = 30_000;

  /** For what a test waits to run out, and what comes in time all the same is far below. */
  private static final long BRIEF = 2_000;

  /** Starts the services; a stall and a request take as many milliseconds at most. */
  private void start(long stallTimeout, long requestTimeout) throws Exception {
    ServiceLimits limits =
        new ServiceLimits(10, 10, 16, AMPLE, AMPLE, AMPLE, stallTimeout, requestTimeout);
    start(limits, 1, QUEUE);
  }

  private static StatRequest stat() {
    return StatRequest.newBuilder().setPath(ByteString.copyFromUtf8("/f")).build();
  }

  @Test
  void aRequestToAUfsThatHangsEndsInAnErrorInTimeAndTheConnectionGoesOn() throws Exception {
    start(AMPLE, BRIEF);
    try (TestClient client = TestClient.connect(rpc.port());
        TestClient reader = TestClient.connect(data.port())) {
      client.send(Opcode.STAT, stat());
      assertThat(client.receive().error().getCode()).isEqualTo(ErrorCode.UFS_FAILED);
      FileVersion version = new FileVersion(BLOCK, 1, "");
      assertThat(reader.read("/f", version, 0, Chunks.SIZE).error().getCode())
          .isEqualTo(ErrorCode.UFS_FAILED);
      ufs.gate.countDown();
      await()
          .atMost(SOON)
          .until(() -> !client.call(Opcode.STAT, stat()).frame().header().isError());
      await()
          .atMost(SOON)
          .until(() -> !reader.read("/f", version, 0, Chunks.SIZE).frame().header().isError());
      assertThat(TestClient.isIntact(reader.read("/f", version, 0, Chunks.SIZE))).isTrue();
    }
  }

  @Test
  void moreRequestsThanTheWorkerQueuesAreAnsweredBusyAtOnce() throws Exception {
    start(AMPLE, BRIEF);
    try (TestClient client = TestClient.connect(rpc.port())) {
      int requests = 1 + QUEUE + 3;
      for (int i = 0; i < requests; i++) {
        client.send(Opcode.STAT, stat());
      }
      int busy = 0;
      for (int i = 0; i < requests; i++) {
        ErrorCode code = client.receive().error().getCode();
        assertThat(code).isIn(ErrorCode.BUSY, ErrorCode.UFS_FAILED);
        busy += code == ErrorCode.BUSY ? 1 : 0;
      }
      assertThat(busy).isEqualTo(3);
    }
  }

  @Test
  void aListingIsReadNoFasterThanItsClientTakesItAndEndsWithTheClient() throws Exception {
    start(BRIEF, AMPLE);
    ListRequest request = ListRequest.newBuilder().setPath(ByteString.copyFromUtf8("/d")).build();
    try (TestClient client = TestClient.connect(rpc.port())) {
      client.send(Opcode.LIST, request);
      await().atMost(SOON).until(() -> ufs.listed.get() > 0);
      // The connection is closed as stalled: until then only what the sockets and one part hold
      // was read.
      await().atMost(SOON).until(() -> ufs.open.get() == 0);
      assertThat(ufs.listed.get()).isLessThan(EndlessUfs.ENTRIES / 2);
    }
  }

  @Test
  void aMillionEntriesArriveAtAClientThatReads() throws Exception {
    start(AMPLE, AMPLE);
    ListRequest request = ListRequest.newBuilder().setPath(ByteString.copyFromUtf8("/d")).build();
    try (TestClient client = TestClient.connect(rpc.port())) {
      client.send(Opcode.LIST, request);
      int entries = 0;
      TestClient.Reply reply;
      do {
        reply = client.receive();
        entries += reply.parse(ListReply.parser()).getEntriesCount();
      } while (reply.frame().header().hasMore());
      assertThat(entries).isEqualTo(EndlessUfs.ENTRIES);
      assertThat(ufs.open).hasValue(0);
    }
  }

  @Test
  void aClientThatTakesNoByteOfItsRepliesIsDisconnected() throws Exception {
    start(BRIEF, AMPLE);
    ufs.gate.countDown();
    FileVersion version = new FileVersion(100L * BLOCK, 1, "");
    try (TestClient client = TestClient.connect(data.port())) {
      for (int i = 0; i < 40; i++) {
        client.send(
            Opcode.READ, TestClient.readRequest("/f", version, (long) i * BLOCK, BLOCK, false));
      }
      await().atMost(SOON).until(() -> state.connections() == 0);
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 40; i++) {
                  client.receive();
                }
              })
          .isInstanceOf(java.io.IOException.class);
    }
  }

  @Test
  void aClientThatPipelinesPastTheLimitGetsEveryReply() throws Exception {
    start(AMPLE, AMPLE);
    try (TestClient client = TestClient.connect(rpc.port())) {
      int requests = 1_000;
      for (int i = 0; i < requests; i++) {
        client.send(Opcode.STATFS, StatFsRequest.getDefaultInstance());
      }
      for (int i = 0; i < requests; i++) {
        assertThat(client.receive().frame().header().isResponse()).isTrue();
      }
    }
  }
}
