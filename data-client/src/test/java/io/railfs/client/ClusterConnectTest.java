// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import static io.railfs.protocol.Chunks.SIZE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.railfs.client.ClusterException.Failure;
import io.railfs.client.connect.ClusterClient;
import io.railfs.protocol.Frame;
import io.railfs.protocol.messages.ErrorCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class ClusterConnectTest extends ClusterTestBase {
  @Test
  void refusedConnectionsAreNamedOneByOne() throws Exception {
    int first = closing(new ClosedPort()).port();
    int second = closing(new ClosedPort()).port();
    String endpoints = "\"127.0.0.1:" + first + "\", \"127.0.0.1:" + second + "\"";
    long before = System.nanoTime();
    ClusterException cause = unreachable("railfs.client.connect-timeout = 60s", endpoints);
    assertThat(System.nanoTime() - before).isLessThan(TimeUnit.SECONDS.toNanos(30));
    assertThat(cause)
        .hasMessage(
            "no worker can be reached: worker 127.0.0.1:%d (connection refused), worker"
                + " 127.0.0.1:%d (connection refused); start a worker there or correct"
                + " railfs.workers",
            first, second);
  }

  @Test
  void unknownHostIsNamed() {
    assertThat(unreachable("", "no-such-host.invalid"))
        .hasMessageContaining("no-such-host.invalid:29999 (unknown host)");
  }

  @Test
  void workerThatAcceptsAndSaysNothingIsGivenUpAtTheConnectTimeout() throws Exception {
    FakeWorker worker = worker("w1");
    worker.freeze();
    long before = System.nanoTime();
    ClusterException cause =
        unreachable("railfs.client.connect-timeout = 400ms", endpoints(worker));
    long took = System.nanoTime() - before;
    assertThat(took).isLessThan(TimeUnit.SECONDS.toNanos(15));
    assertThat(cause).hasMessageContaining(worker.endpoint() + " (");
  }

  @Test
  void peerThatIsNoWorkerIsNamed() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread peer =
          new Thread(
              () -> {
                try (var accepted = socket.accept()) {
                  accepted
                      .getOutputStream()
                      .write("220 smtp.example.org ready\r\n".getBytes(UTF_8));
                  accepted.getInputStream().read();
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      peer.start();
      assertThat(unreachable("", "\"127.0.0.1:" + socket.getLocalPort() + "\""))
          .hasMessageContaining("broke the protocol: not a RailFS frame");
      peer.join(5_000);
    }
  }

  @Test
  void oneReachableWorkerIsEnoughAndTheOtherJoinsWhenItStarts() throws Exception {
    FakeWorker one = worker("w1");
    int port = closing(new ClosedPort()).port();
    Cluster cluster =
        closing(
            ClusterClient.connect(settings("", endpoints(one) + ", \"127.0.0.1:" + port + "\"")));
    awaitEnd(fetch(cluster, 0, SIZE, AMPLE));
    WorkerStats away = cluster.stats().workers().get(1);
    assertThat(away.connected()).isFalse();
    assertThat(away.lastError()).isEqualTo("connection refused");
    closing(FakeWorker.restart("w2", port));
    await().until(() -> cluster.stats().workers().get(1).connected());
  }

  @Test
  void workerWithAnotherBlockSizeIsLeftOut() throws Exception {
    FakeWorker one = worker("w1");
    Cluster alone = connect("", one);
    assertThat(alone.pages().blockSize()).isEqualTo(FakeWorker.BLOCK_SIZE);
    FakeWorker two = closing(FakeWorker.start("w2", 4 << 20));
    Cluster both = connect("", one, two);
    await()
        .untilAsserted(
            () ->
                assertThat(both.stats().workers())
                    .filteredOn(stats -> !stats.connected())
                    .extracting(WorkerStats::lastError)
                    .singleElement()
                    .asString()
                    .contains("has blocks of "));
  }

  @Test
  void blockSizeThatIsNoPowerOfTwoIsRefused() {
    FakeWorker worker = closing(FakeWorker.start("w1", 1_000_000));
    assertThat(unreachable("", endpoints(worker)))
        .hasMessageContaining("has blocks of 1000000 bytes, which this release cannot use");
  }

  @Test
  void deviceThatDoesNotExistStopsTheStartAndTheDevicesAreListed() {
    FakeWorker worker = worker("w1");
    assertThat(unreachable("railfs.client.data.bind.device = ib9", endpoints(worker)))
        .hasMessageContaining("network device 'ib9' does not exist; devices found: ")
        .hasMessageContaining("lo (up");
  }

  @Test
  void connectionsBoundToADeviceServe() throws Exception {
    FakeWorker worker = worker("w1");
    Cluster cluster =
        connect("railfs.client { data.bind.device = lo, rpc.bind.device = lo }", worker);
    RecordingSink sink = fetch(cluster, 0, SIZE, AMPLE);
    awaitEnd(sink);
    sink.assertHolds(PATH, 0);
  }

  @Test
  void bytesAreCountedForTheRailTheyTook() throws Exception {
    FakeWorker worker = worker("w1");
    Cluster cluster = connect("railfs.client.data.bind.device = [lo]", worker);
    awaitEnd(fetch(cluster, 0, 4 * SIZE, AMPLE));
    WorkerStats stats = cluster.stats().workers().get(0);
    assertThat(stats.fallbacks()).isZero();
    RailStats rail = stats.rails().get(0);
    assertThat(stats.rails()).hasSize(1);
    assertThat(rail.device()).isEqualTo("lo");
    assertThat(rail.bytesReceived()).isBetween(4L * SIZE, 5L * SIZE);
    assertThat(rail.bytesSent()).isBetween(50L, 1_000L);
    assertThat(rail.bytesInFlight()).isZero();
  }

  @Test
  void deviceThatCannotBeUsedIsLeftOnlyWhereThatIsAllowed() throws Exception {
    FakeWorker worker = worker("w1");
    Cluster cluster =
        connect("railfs.client.data.bind.device = ib9\nrailfs.fabric.fallback = true", worker);
    RecordingSink sink = fetch(cluster, 0, SIZE, AMPLE);
    awaitEnd(sink);
    sink.assertHolds(PATH, 0);
    WorkerStats stats = cluster.stats().workers().get(0);
    assertThat(stats.fallbacks()).isPositive();
    assertThat(stats.rails())
        .filteredOn(rail -> rail.device().isEmpty())
        .singleElement()
        .satisfies(rail -> assertThat(rail.bytesReceived()).isGreaterThan(SIZE));
  }

  @Test
  void deviceThatIsNoInfinibandStopsTheStartWhereItMustBe() {
    FakeWorker worker = worker("w1");
    String required = "railfs.fabric.require-infiniband = true\n";
    assertThat(unreachable(required + "railfs.client.data.bind.device = lo", endpoints(worker)))
        .hasMessageContaining("'lo' has link layer loopback and not InfiniBand");
    assertThat(unreachable(required, endpoints(worker)))
        .hasMessageContaining("needs the InfiniBand devices to be named");
  }

  @Test
  void connectionsThatTheWorkerClosesAreOpenedAgainThoseForDataWhenTheyAreWanted()
      throws Exception {
    FakeWorker worker = worker("w1");
    Cluster cluster = connect("", worker);
    assertThat(worker.connections.get()).isEqualTo(2);
    worker.closeConnections();
    await().until(() -> worker.connections.get() == 3 && worker.openConnections() == 1);
    await().until(() -> railState(cluster) == RailState.IDLE);
    RecordingSink sink = fetch(cluster, 0, SIZE, AMPLE);
    awaitEnd(sink);
    sink.assertHolds(PATH, 0);
    assertThat(worker.openConnections()).isEqualTo(2);
  }

  @Test
  void sentenceOfAWorkerThatRefusesTheConnectionIsPassedOn() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread peer = new Thread(() -> refuse(socket));
      peer.start();
      assertThat(unreachable("", "\"127.0.0.1:" + socket.getLocalPort() + "\""))
          .hasMessageContaining("(refused the connection: too many connections)");
      peer.join(5_000);
    }
  }

  private static void refuse(ServerSocket socket) {
    ByteBuf frame =
        Frame.error(UnpooledByteBufAllocator.DEFAULT, 0, 0, ErrorCode.BUSY, "too many connections");
    try (var accepted = socket.accept()) {
      accepted.getOutputStream().write(ByteBufUtil.getBytes(frame));
      accepted.getInputStream().readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      frame.release();
    }
  }

  @Test
  void closeEndsEveryThread() throws Exception {
    FakeWorker worker = worker("w1");
    Cluster cluster = connect("", worker);
    awaitEnd(fetch(cluster, 0, SIZE, AMPLE));
    cluster.close();
    await().until(() -> Thread.getAllStackTraces().keySet().stream().noneMatch(this::isOurs));
    assertThatThrownBy(() -> cluster.metadata().stat(path(PATH), in(AMPLE)))
        .isInstanceOfSatisfying(
            ClusterException.class, e -> assertThat(e.failure()).isEqualTo(Failure.CLOSED));
  }

  private boolean isOurs(Thread thread) {
    return thread.getName().startsWith("railfs-client") && thread.isAlive();
  }

  private ClusterException unreachable(String settings, String endpoints) {
    ClusterException cause =
        catchThrowableOfType(
            ClusterException.class,
            () -> closing(ClusterClient.connect(settings(settings, endpoints))));
    assertThat(cause.failure()).isEqualTo(Failure.UNREACHABLE);
    return cause;
  }
}
