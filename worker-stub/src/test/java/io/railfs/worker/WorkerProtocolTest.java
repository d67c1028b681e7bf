// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.railfs.protocol.Frame;
import io.railfs.protocol.FrameHeader;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.ErrorReply;
import io.railfs.protocol.messages.HelloReply;
import io.railfs.protocol.messages.StatFsReply;
import io.railfs.protocol.messages.StatFsRequest;
import io.railfs.protocol.messages.StatRequest;
import io.railfs.protocol.messages.StatusReply;
import io.railfs.protocol.messages.StatusRequest;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WorkerProtocolTest {
  @TempDir Path directory;
  private Worker worker;

  @BeforeEach
  void start() throws Exception {
    Path ufs = Files.createDirectory(directory.resolve("ufs"));
    Files.writeString(ufs.resolve("f"), "hello");
    worker = start("railfs.worker.limits.connections = 5", "store");
  }

  private Worker start(String settings, String store) throws Exception {
    return Worker.start(
        TestSettings.with(directory.resolve("ufs"), directory.resolve(store), settings));
  }

  @AfterEach
  void stop() {
    worker.close();
  }

  private List<Integer> ports() {
    return List.of(worker.rpcPort(), worker.dataPort());
  }

  private static void assertRefused(TestClient client, ErrorCode code) throws Exception {
    TestClient.Reply reply = client.receive();
    ErrorReply error = reply.error();
    assertThat(error.getCode()).isEqualTo(code);
    assertThat(error.getMessage()).isNotBlank().doesNotContain("Exception").doesNotContain("\n");
    assertThat(reply.frame().header().requestId()).isZero();
    assertThatThrownBy(client::receive).isInstanceOf(IOException.class);
  }

  @Test
  void helloTellsTheWorkerItsBlockSizeAndWhereItsDataServiceListens() throws Exception {
    for (int port : ports()) {
      try (TestClient client = TestClient.raw(port)) {
        HelloReply hello = client.hello();
        assertThat(hello.getWorkerId()).isEqualTo(worker.id()).isNotBlank();
        assertThat(hello.getBlockSize()).isEqualTo(TestSettings.BLOCK);
        assertThat(hello.getSoftwareVersion()).matches("\\d+\\.\\d+\\.\\d+.*");
        assertThat(hello.getDataEndpointsCount()).isEqualTo(1);
        assertThat(hello.getDataEndpoints(0).getPort()).isEqualTo(worker.dataPort());
        assertThat(hello.getDataEndpoints(0).getAddress()).isEqualTo("127.0.0.1");
      }
    }
  }

  @Test
  void aConnectionThatDoesNotStartWithHelloIsRefusedAndClosed() throws Exception {
    for (int port : ports()) {
      try (TestClient client = TestClient.raw(port)) {
        client.send(Opcode.STATUS, StatusRequest.getDefaultInstance());
        assertThat(client.receive().error().getCode()).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThatThrownBy(client::receive).isInstanceOf(EOFException.class);
      }
    }
  }

  @Test
  void anOpcodeThatIsUnknownOrOfTheOtherServiceIsRefusedAndTheConnectionGoesOn() throws Exception {
    try (TestClient rpc = TestClient.connect(worker.rpcPort());
        TestClient data = TestClient.connect(worker.dataPort())) {
      ByteBuf frame = Frame.error(UnpooledByteBufAllocator.DEFAULT, 999, 77, ErrorCode.BUSY, "x");
      byte[] unknown = ByteBufUtil.getBytes(frame);
      frame.release();
      for (TestClient client : List.of(rpc, data)) {
        client.send(unknown);
        TestClient.Reply reply = client.receive();
        assertThat(reply.error().getCode()).isEqualTo(ErrorCode.UNKNOWN_OPCODE);
        assertThat(reply.frame().header().requestId()).isEqualTo(77);
        assertThat(reply.frame().header().opcode()).isEqualTo(999);
      }
      assertThat(data.call(Opcode.STAT, StatRequest.getDefaultInstance()).error().getCode())
          .isEqualTo(ErrorCode.UNKNOWN_OPCODE);
      assertThat(rpc.call(Opcode.READ, StatRequest.getDefaultInstance()).error().getCode())
          .isEqualTo(ErrorCode.UNKNOWN_OPCODE);
      for (TestClient client : List.of(rpc, data)) {
        assertThat(client.hello()).as("sent again").isEqualTo(client.hello());
      }
      assertThat(rpc.stat("/f").size()).isEqualTo(5);
    }
  }

  @Test
  void aBodyThatIsNoProtobufIsRefusedAndTheConnectionGoesOn() throws Exception {
    try (TestClient rpc = TestClient.connect(worker.rpcPort())) {
      // Field 1 announces more bytes than follow.
      rpc.send(request(Opcode.STAT, new byte[] {0x0a, 0x7f, 'x'}));
      assertThat(rpc.receive().error().getCode()).isEqualTo(ErrorCode.INVALID_REQUEST);
      assertThat(rpc.stat("/f").size()).isEqualTo(5);
    }
  }

  private static byte[] request(Opcode opcode, byte[] body) {
    ByteBuf frame = Unpooled.buffer();
    frame.writeInt(FrameHeader.MAGIC).writeByte(FrameHeader.VERSION).writeByte(0);
    frame.writeShort(opcode.code()).writeLong(1).writeInt(body.length).writeInt(0);
    CRC32C crc = new CRC32C();
    crc.update(frame.nioBuffer());
    crc.update(body);
    return ByteBufUtil.getBytes(frame.writeInt((int) crc.getValue()).writeBytes(body));
  }

  private static byte[] header(int version, int bodyLength, int payloadLength) {
    ByteBuf header = Unpooled.buffer(FrameHeader.LENGTH);
    header.writeInt(FrameHeader.MAGIC).writeByte(version).writeByte(0).writeShort(1);
    header.writeLong(1).writeInt(bodyLength).writeInt(payloadLength).writeInt(0);
    return header.array();
  }

  @Test
  void framesThatAreOversizeDamagedForeignOrOfANewerVersionAreAnsweredAndTheConnectionClosed()
      throws Exception {
    byte[] noise = new byte[100_000];
    new Random(1).nextBytes(noise);
    for (int port : ports()) {
      for (byte[] bad :
          List.of(
              "GET / HTTP/1.1\r\n\r\n".getBytes(US_ASCII),
              noise,
              header(FrameHeader.VERSION, FrameHeader.MAX_BODY_LENGTH + 1, 0),
              header(FrameHeader.VERSION, -1, 0),
              header(FrameHeader.VERSION, 0, 1),
              header(FrameHeader.VERSION, 0, 0))) {
        try (TestClient client = TestClient.raw(port)) {
          client.send(bad);
          assertRefused(client, ErrorCode.INVALID_REQUEST);
        }
        try (TestClient client = TestClient.connect(port)) {
          client.send(bad);
          assertRefused(client, ErrorCode.INVALID_REQUEST);
        }
      }
      try (TestClient client = TestClient.connect(port)) {
        client.send(header(FrameHeader.VERSION + 1, 0, 0));
        assertRefused(client, ErrorCode.UNSUPPORTED_VERSION);
      }
    }
    // Each goes when the worker sees that its client has gone.
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(rpcStatus().getConnections()).isLessThanOrEqualTo(5));
  }

  private StatusReply rpcStatus() throws Exception {
    try (TestClient rpc = TestClient.connect(worker.rpcPort())) {
      return rpc.call(Opcode.STATUS, StatusRequest.getDefaultInstance())
          .parse(StatusReply.parser());
    }
  }

  @Test
  void statusAndSpaceAreAnswered() throws Exception {
    StatusReply status = rpcStatus();
    assertThat(status.getWorkerId()).isEqualTo(worker.id());
    assertThat(status.getPid()).isEqualTo(ProcessHandle.current().pid());
    assertThat(status.getUfs()).isEqualTo("file://" + directory.resolve("ufs"));
    assertThat(status.getCapacityBytes()).isEqualTo(64 << 20);
    assertThat(status.getDirectories(0).getPath()).isEqualTo(directory.resolve("store").toString());
    try (TestClient rpc = TestClient.connect(worker.rpcPort())) {
      StatFsReply space =
          rpc.call(Opcode.STATFS, StatFsRequest.getDefaultInstance()).parse(StatFsReply.parser());
      assertThat(space.getTotalBytes()).isPositive();
    }
  }

  @Test
  void aPathThatIsNotNormalIsRefused() throws Exception {
    try (TestClient rpc = TestClient.connect(worker.rpcPort())) {
      for (String path : List.of("", "f", "/..", "/../etc/passwd", "/f/", "/a//b", "/a\0b")) {
        StatRequest request =
            StatRequest.newBuilder().setPath(ByteString.copyFromUtf8(path)).build();
        for (Opcode opcode : List.of(Opcode.STAT, Opcode.LIST, Opcode.XATTR)) {
          assertThat(rpc.call(opcode, request).error().getCode())
              .as(opcode + " " + path)
              .isEqualTo(ErrorCode.INVALID_REQUEST);
        }
      }
    }
  }

  @Test
  void aConnectionThatSaysNothingIsClosedBeforeAndAfterHello() throws Exception {
    String brief = "railfs.worker.limits { handshake-timeout = 3s, idle-timeout = 1s }";
    try (Worker impatient = start(brief, "store2");
        TestClient silent = TestClient.raw(impatient.rpcPort());
        TestClient idle = TestClient.connect(impatient.dataPort())) {
      assertThatThrownBy(idle::receive).isInstanceOf(EOFException.class);
      assertThatThrownBy(silent::receive).isInstanceOf(EOFException.class);
    }
  }

  @Test
  void oneConnectionTooManyIsRefusedWithBusyAndThereIsRoomAgainAfterwards() throws Exception {
    List<TestClient> clients = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      clients.add(TestClient.connect(worker.rpcPort()));
    }
    try (TestClient extra = TestClient.raw(worker.dataPort())) {
      assertRefused(extra, ErrorCode.BUSY);
    }
    for (TestClient client : clients) {
      client.close();
    }
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(worker.status().getConnections()).isZero());
    assertThat(rpcStatus().getConnections()).isEqualTo(1);
  }
}
