// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.MessageLite;
import com.typesafe.config.ConfigException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.railfs.fabric.rdma.RdmaConnection;
import io.railfs.fabric.rdma.RdmaHandler;
import io.railfs.fabric.rdma.RdmaMessage;
import io.railfs.fabric.rdma.RdmaPath;
import io.railfs.fabric.rdma.RdmaPort;
import io.railfs.fabric.rdma.RdmaSettings;
import io.railfs.fabric.verbs.FakeDevice;
import io.railfs.fabric.verbs.FakeNetwork;
import io.railfs.fabric.verbs.FakeVerbs;
import io.railfs.protocol.Checksums;
import io.railfs.protocol.Chunks;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.Frame;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.RdmaFormat;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.ErrorReply;
import io.railfs.protocol.messages.HelloReply;
import io.railfs.protocol.messages.HelloRequest;
import io.railfs.protocol.messages.RdmaOffer;
import io.railfs.protocol.messages.ReadReply;
import io.railfs.protocol.messages.StatRequest;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a worker sends over RDMA, and to whom; over a network of devices in this process. */
final class WorkerRdmaTest {
  private static final int SIZE = 2 * TestSettings.BLOCK + 12_345;
  private static final int MESSAGE_BYTES = (64 << 10) + RdmaFormat.ANSWER_HEAD_BYTES;

  @TempDir Path directory;
  private byte[] content;
  private FakeDevice workers;
  private RdmaPort port;

  @BeforeEach
  void plug() throws Exception {
    Path ufs = Files.createDirectory(directory.resolve("ufs"));
    content = new byte[SIZE];
    new Random(7).nextBytes(content);
    Files.write(ufs.resolve("f"), content);
    workers = FakeNetwork.add("fake0", InetAddress.getLoopbackAddress());
    InetAddress own = InetAddress.getByName("127.0.0.7");
    FakeNetwork.add("fake1", own);
    port =
        RdmaPort.open(
            new FakeVerbs(),
            own,
            new RdmaSettings(64, MESSAGE_BYTES, 64, 4096, Duration.ZERO, RdmaPath.plain().verbs()));
  }

  @AfterEach
  void unplug() {
    port.close();
    FakeNetwork.clear();
    assertThat(FakeNetwork.breaches()).isEmpty();
    assertThat(FakeNetwork.openPorts()).isZero();
  }

  private Worker start(String overrides) throws Exception {
    return Worker.start(
        TestSettings.with(
            directory.resolve("ufs"),
            directory.resolve("store"),
            "railfs.worker.rdma.memory = 16MiB\n" + overrides));
  }

  /** One end of an RDMA connection to a worker. */
  private static final class Lane implements RdmaHandler {
    final BlockingQueue<RdmaMessage> messages = new LinkedBlockingQueue<>();
    final CountDownLatch established = new CountDownLatch(1);
    final CountDownLatch closed = new CountDownLatch(1);
    volatile byte[] data = {};
    volatile String reason = "";
    RdmaConnection connection;

    @Override
    public void established(byte[] answer) {
      data = answer;
      established.countDown();
    }

    @Override
    public void received(RdmaMessage message) {
      messages.add(message);
    }

    @Override
    public void closed(String why) {
      reason = why;
      closed.countDown();
    }

    void send(byte[] bytes) {
      connection.takeBuffer(
          buffer -> {
            // Null once the worker has closed it.
            if (buffer != null) {
              buffer.bytes().put(bytes);
              connection.send(buffer);
            }
          });
    }

    void request(int kind, Opcode opcode, long id, MessageLite body) {
      ByteBuf frame = Frame.request(UnpooledByteBufAllocator.DEFAULT, opcode, id, body);
      byte[] bytes = new byte[RdmaFormat.LENGTH + frame.readableBytes()];
      ByteBuffer out = ByteBuffer.wrap(bytes);
      new RdmaFormat(kind, frame.readableBytes(), id).write(out);
      out.put(frame.nioBuffer());
      frame.release();
      send(bytes);
    }

    RdmaMessage next() throws InterruptedException {
      RdmaMessage message = messages.poll(20, TimeUnit.SECONDS);
      assertThat(message).as("a message; " + reason).isNotNull();
      return message;
    }

    void awaitClosed() throws InterruptedException {
      assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  private static RdmaOffer offer(TestClient data) throws Exception {
    HelloRequest request = HelloRequest.newBuilder().setWantsRdma(true).build();
    return data.call(Opcode.HELLO, request).parse(HelloReply.parser()).getRdma();
  }

  private Lane dial(int number, byte[] greeting) throws Exception {
    Lane lane = new Lane();
    lane.connection =
        port.connect(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), number),
            greeting,
            2_000,
            made -> lane);
    return lane;
  }

  private Lane connect(TestClient data) throws Exception {
    return connect(offer(data));
  }

  private Lane connect(RdmaOffer offer) throws Exception {
    assertThat(offer.getProblem()).isEmpty();
    assertThat(offer.getDevice()).isEqualTo("fake0:1");
    Lane lane =
        dial(
            offer.getPort(),
            new RdmaFormat.Greeting(offer.getToken().substring(0, 16), MESSAGE_BYTES).encode());
    assertThat(lane.established.await(10, TimeUnit.SECONDS)).isTrue();
    RdmaFormat.Welcome welcome = RdmaFormat.Welcome.decode(lane.data);
    assertThat(welcome.token()).isEqualTo(offer.getToken().substring(16));
    assertThat(welcome.pieceBytes()).isEqualTo(64 << 10);
    assertThat(welcome.requests()).isEqualTo(32);
    return lane;
  }

  private static FileVersion version(Worker worker) throws Exception {
    try (TestClient rpc = TestClient.connect(worker.rpcPort())) {
      return rpc.stat("/f").version();
    }
  }

  @Test
  void aReadIsAnsweredInPiecesWithItsChecksums() throws Exception {
    try (Worker worker = start("");
        TestClient data = TestClient.raw(worker.dataPort())) {
      FileVersion version = version(worker);
      Lane lane = connect(data);
      for (int round = 0; round < 2; round++) {
        lane.request(
            RdmaFormat.REQUEST,
            Opcode.READ,
            5,
            TestClient.readRequest("/f", version, 0, TestSettings.BLOCK, false));
        ByteArrayOutputStream got = new ByteArrayOutputStream();
        ReadReply reply = null;
        for (int piece = 0; piece < 4; piece++) {
          RdmaMessage message = lane.next();
          ByteBuffer bytes = message.bytes();
          RdmaFormat head = RdmaFormat.read(bytes);
          assertThat(head.requestId()).isEqualTo(5);
          assertThat(head.kind()).isEqualTo(piece == 0 ? RdmaFormat.ANSWER : RdmaFormat.MORE);
          if (piece == 0) {
            Frame frame = Frame.parse(bytes.slice(bytes.position(), head.frameBytes()));
            assertThat(frame.header().payloadLength()).isEqualTo(TestSettings.BLOCK);
            reply = frame.parse(ReadReply.parser());
            bytes.position(bytes.position() + head.frameBytes());
          }
          assertThat(bytes.remaining()).isEqualTo(64 << 10);
          byte[] part = new byte[bytes.remaining()];
          bytes.get(part);
          got.write(part);
          message.release();
        }
        byte[] wanted = Arrays.copyOf(content, TestSettings.BLOCK);
        assertThat(got.toByteArray()).isEqualTo(wanted);
        int[] crcs = Checksums.ofChunks(ByteBuffer.wrap(wanted));
        assertThat(reply.getChunkCrc32CList()).isEqualTo(Arrays.stream(crcs).boxed().toList());
      }
      assertThat(worker.status().getSentBytes()).isEqualTo(2L * TestSettings.BLOCK);
    }
  }

  @Test
  void whatIsRefusedOverTcpIsRefusedHere() throws Exception {
    try (Worker worker = start("");
        TestClient data = TestClient.raw(worker.dataPort())) {
      FileVersion version = version(worker);
      Lane lane = connect(data);
      lane.request(RdmaFormat.REQUEST, Opcode.STAT, 1, StatRequest.getDefaultInstance());
      assertThat(refusal(lane).getCode()).isEqualTo(ErrorCode.UNKNOWN_OPCODE);
      lane.request(
          RdmaFormat.REQUEST,
          Opcode.READ,
          2,
          TestClient.readRequest("/f", version, 1, Chunks.SIZE, false));
      assertThat(refusal(lane).getCode()).isEqualTo(ErrorCode.INVALID_REQUEST);
      lane.request(
          RdmaFormat.REQUEST,
          Opcode.READ,
          3,
          TestClient.readRequest(
              "/none", new FileVersion(Chunks.SIZE, 1, ""), 0, Chunks.SIZE, false));
      assertThat(refusal(lane).getCode()).isEqualTo(ErrorCode.NOT_FOUND);
      // The data connection goes on beside it.
      assertThat(TestClient.isIntact(data.read("/f", version, 0, Chunks.SIZE))).isTrue();
    }
  }

  private static ErrorReply refusal(Lane lane) throws Exception {
    RdmaMessage message = lane.next();
    try {
      RdmaFormat head = RdmaFormat.read(message.bytes());
      assertThat(head.kind()).isEqualTo(RdmaFormat.ANSWER);
      Frame frame = Frame.parse(message.bytes());
      assertThat(frame.header().isError()).isTrue();
      return frame.parse(ErrorReply.parser());
    } finally {
      message.release();
    }
  }

  @Test
  void aConnectionWithoutItsTokenIsRefusedAndATokenHoldsOnce() throws Exception {
    try (Worker worker = start("");
        TestClient data = TestClient.raw(worker.dataPort())) {
      RdmaOffer offer = offer(data);
      byte[] wrong =
          new RdmaFormat.Greeting(offer.getToken().substring(16), MESSAGE_BYTES).encode();
      for (byte[] greeting : List.of(wrong, new byte[56], new byte[0])) {
        Lane stranger = dial(offer.getPort(), greeting);
        stranger.awaitClosed();
        assertThat(stranger.reason).contains("REJECTED");
      }
      byte[] right =
          new RdmaFormat.Greeting(offer.getToken().substring(0, 16), MESSAGE_BYTES).encode();
      assertThat(dial(offer.getPort(), right).established.await(10, TimeUnit.SECONDS)).isTrue();
      Lane second = dial(offer.getPort(), right);
      second.awaitClosed();
      assertThat(second.reason).contains("REJECTED");
    }
  }

  @Test
  void noMoreConnectionsAreOfferedThanThereAreReceivesFor() throws Exception {
    // 16 MiB, an eighth of which is for requests: 32 times 32 of 2 KiB.
    int most = 32;
    Deque<TestClient> clients = new ArrayDeque<>();
    try (Worker worker = start("")) {
      List<RdmaOffer> offers = new ArrayList<>();
      for (int i = 0; i < most; i++) {
        clients.add(TestClient.raw(worker.dataPort()));
        offer(clients.getLast());
        // A second one of the same connection counts for none.
        offers.add(offer(clients.getLast()));
      }
      try (TestClient late = TestClient.raw(worker.dataPort())) {
        String full = "the worker has as many RDMA connections as railfs.worker.rdma.memory allows";
        assertThat(offer(late).getProblem()).isEqualTo(full);
        clients.pop().close();
        await().until(() -> offer(late).getProblem().isEmpty());
        for (RdmaOffer offer : offers.subList(1, most)) {
          connect(offer);
        }
        assertThat(port.connections()).isEqualTo(most - 1);
        try (TestClient another = TestClient.raw(worker.dataPort())) {
          assertThat(offer(another).getProblem()).isEqualTo(full);
          clients.pop().close();
          await().until(() -> offer(another).getProblem().isEmpty());
        }
      }
    } finally {
      for (TestClient client : clients) {
        client.close();
      }
    }
  }

  @Test
  void aClientThatSendsSomethingElseThanRequestsLosesBothConnections() throws Exception {
    Random random = new Random(11);
    try (Worker worker = start("")) {
      for (int i = 0; i < 12; i++) {
        try (TestClient data = TestClient.raw(worker.dataPort())) {
          Lane lane = connect(data);
          byte[] garbage = new byte[1 + random.nextInt(2000)];
          random.nextBytes(garbage);
          if (i % 3 == 0) {
            lane.request(RdmaFormat.ANSWER, Opcode.READ, 1, StatRequest.getDefaultInstance());
          } else {
            lane.send(garbage);
          }
          lane.awaitClosed();
          assertThatThrownBy(data::receive).isInstanceOf(EOFException.class);
        }
      }
      await().until(() -> worker.status().getConnections() == 0);
    }
  }

  @Test
  void aMessageThatOvertakesTheEventThatTheConnectionIsThereIsOneOfIt() throws Exception {
    workers.establishLate();
    try (Worker worker = start("");
        TestClient data = TestClient.raw(worker.dataPort())) {
      FileVersion version = version(worker);
      Lane lane = connect(data);
      lane.request(
          RdmaFormat.REQUEST,
          Opcode.READ,
          1,
          TestClient.readRequest("/f", version, 0, Chunks.SIZE, false));
      RdmaMessage answer = lane.next();
      assertThat(RdmaFormat.read(answer.bytes()).requestId()).isEqualTo(1);
      answer.release();
      try (TestClient other = TestClient.raw(worker.dataPort())) {
        Lane broken = connect(other);
        broken.send(new byte[] {1, 2, 3});
        broken.awaitClosed();
        assertThatThrownBy(other::receive).isInstanceOf(EOFException.class);
      }
    }
  }

  @Test
  void aClientWithMoreRequestsThanItMayHaveLosesBothConnections() throws Exception {
    try (Worker worker = start("");
        TestClient data = TestClient.raw(worker.dataPort())) {
      FileVersion version = version(worker);
      Lane lane = connect(data);
      for (int i = 1; i <= 400; i++) {
        lane.request(
            RdmaFormat.REQUEST,
            Opcode.READ,
            i,
            TestClient.readRequest("/f", version, 0, TestSettings.BLOCK, false));
      }
      lane.awaitClosed();
      lane.messages.forEach(RdmaMessage::release);
      assertThatThrownBy(
              () -> {
                while (true) {
                  data.receive();
                }
              })
          .isInstanceOf(EOFException.class);
    }
  }

  @Test
  void theEndOfTheDataConnectionIsTheEndOfTheOther() throws Exception {
    try (Worker worker = start("")) {
      Lane lane;
      try (TestClient data = TestClient.raw(worker.dataPort())) {
        lane = connect(data);
      }
      lane.awaitClosed();
      await().until(() -> port.connections() == 0);
    }
  }

  @Test
  void aClientThatGivesUpBeforeItsConnectionIsThereGoesOnOverTcp() throws Exception {
    try (Worker worker = start("");
        TestClient data = TestClient.raw(worker.dataPort())) {
      FileVersion version = version(worker);
      workers.loseAccepts(1);
      RdmaOffer offer = offer(data);
      byte[] greeting =
          new RdmaFormat.Greeting(offer.getToken().substring(0, 16), MESSAGE_BYTES).encode();
      Lane lane = dial(offer.getPort(), greeting);
      // The worker has its side once it has accepted.
      await().until(() -> workers.acceptsToLose() == 0);
      assertThat(FakeNetwork.queues()).isEqualTo(2);
      lane.connection.close("the test gives up");
      await().until(() -> FakeNetwork.queues() == 0);
      assertThat(TestClient.isIntact(data.read("/f", version, 0, Chunks.SIZE))).isTrue();
      Lane next = connect(data);
      next.request(
          RdmaFormat.REQUEST,
          Opcode.READ,
          1,
          TestClient.readRequest("/f", version, 0, Chunks.SIZE, false));
      next.next().release();
    }
  }

  @Test
  void theMetricsAndThePageHaveEachDeviceOnceWithWhatIsInUse() throws Exception {
    try (Worker worker = start("")) {
      try (TestClient data = TestClient.raw(worker.dataPort())) {
        connect(data);
        await()
            .untilAsserted(
                () ->
                    assertThat(metrics(worker))
                        .contains(
                            "railfs_worker_rdma_connections{rail=\"fake0:1\"} 1.0",
                            "railfs_worker_rdma_buffers{rail=\"fake0:1\"} 0.0"));
        assertThat(get(worker, "/status")).contains("\"device\":\"fake0:1\",\"problem\":\"\"");
        workers.remove();
        await()
            .untilAsserted(
                () ->
                    assertThat(get(worker, "/status"))
                        .containsPattern("\"device\":\"fake0:1\",\"problem\":\"[^\"]"));
      }
      workers = FakeNetwork.add("fake0", InetAddress.getLoopbackAddress());
      await()
          .until(
              () -> {
                try (TestClient data = TestClient.raw(worker.dataPort())) {
                  return offer(data).getProblem().isEmpty();
                }
              });
      assertThat(metrics(worker))
          .contains("railfs_worker_rdma_connections{rail=\"fake0:1\"} 0.0")
          .filteredOn(line -> line.startsWith("railfs_worker_rail_bytes") && line.contains("fake0"))
          .hasSize(2);
    }
  }

  private static List<String> metrics(Worker worker) throws Exception {
    return get(worker, "/metrics").lines().toList();
  }

  private static String get(Worker worker, String path) throws Exception {
    URI page = URI.create("http://127.0.0.1:" + worker.webPort() + path);
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(page).build(), HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return answer.body();
  }

  @Test
  void withoutADeviceTheOfferSaysWhyAndTheSettingCanMakeItAMust() throws Exception {
    try (Worker worker = start("railfs.worker.rdma.enabled = false");
        TestClient data = TestClient.raw(worker.dataPort())) {
      assertThat(offer(data).getProblem())
          .isEqualTo("railfs.worker.rdma.enabled of the worker is false");
    }
    FakeNetwork.clear();
    try (Worker worker = start("");
        TestClient data = TestClient.raw(worker.dataPort())) {
      assertThat(offer(data).getProblem()).isEqualTo("the worker's machine has no RDMA device");
    }
    assertThatThrownBy(() -> start("railfs.worker.rdma.enabled = true"))
        .isInstanceOf(WorkerStartException.class)
        .hasMessage("no RDMA device has the address 127.0.0.1");
    assertThatThrownBy(
            () -> start("railfs { worker.rdma.enabled = true, security.tls.enabled = true }"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("rdma does not encrypt");
  }
}
