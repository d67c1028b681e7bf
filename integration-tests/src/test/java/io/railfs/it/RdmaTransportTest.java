// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.railfs.client.Cluster;
import io.railfs.client.ClusterException;
import io.railfs.client.RailStats;
import io.railfs.client.TransportKind;
import io.railfs.client.connect.ClusterClient;
import io.railfs.fabric.verbs.FakeDevice;
import io.railfs.fabric.verbs.FakeNetwork;
import io.railfs.protocol.FileVersion;
import io.railfs.worker.Worker;
import io.railfs.worker.WorkerStartException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The contract of a transport, and what is RDMA's alone, over a network of devices in this process.
 */
final class RdmaTransportTest extends TransportContract {
  private static final String REMOTE = "railfs.worker.local.socket = \"\"";
  private static final String NO_RDMA = "railfs.worker.rdma.enabled = false";

  private FakeDevice device;

  @Override
  TransportKind kind() {
    return TransportKind.RDMA;
  }

  @BeforeEach
  void plug() throws Exception {
    device = FakeNetwork.add("fake0", InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void nothingLeaks() throws Exception {
    close();
    FakeNetwork.clear();
    assertThat(FakeNetwork.breaches()).isEmpty();
    assertThat(FakeNetwork.openPorts()).isZero();
    assertThat(FakeNetwork.queues()).isZero();
  }

  /** In this process, as the network is; its device takes its part. */
  @Override
  Victim victim() throws Exception {
    Worker first = worker("");
    int port = first.rpcPort();
    return new Victim() {
      private Worker worker = first;

      @Override
      public int rpcPort() {
        return port;
      }

      @Override
      public void stop() {
        device.freeze();
      }

      @Override
      public void goOn() {
        device.thaw();
      }

      @Override
      public void killAndStart() throws Exception {
        device.breakQueues();
        worker.close();
        worker = worker("railfs.worker.rpc.bind.port = " + port);
      }

      @Override
      public void close() {
        worker.close();
      }
    };
  }

  private Cluster client(Worker worker, String transport, String further) throws ClusterException {
    return closing(ClusterClient.connect(clientSettings(worker.rpcPort(), transport, further)));
  }

  @Test
  void autoUsesRdmaWhereTheWorkerIsNotHereAndSaysWhyNotElsewhere() throws Exception {
    Worker worker = worker(REMOTE);
    Cluster rdma = client(worker, "auto", "");
    assertRight(fetch(rdma, version(rdma), 0, BLOCK), 0);
    assertThat(rail(rdma).transport()).isEqualTo(TransportKind.RDMA);
    assertThat(rail(rdma).transportProblem()).isEmpty();
    worker.close();
    Worker without = worker(REMOTE + "\n" + NO_RDMA);
    Cluster tcp = client(without, "auto", "");
    assertRight(fetch(tcp, version(tcp), 0, BLOCK), 0);
    assertThat(rail(tcp).transport()).isEqualTo(TransportKind.TCP);
    assertThat(rail(tcp).transportProblem())
        .isEqualTo(
            "local: railfs.worker.local.socket of the worker names no socket;"
                + " rdma: railfs.worker.rdma.enabled of the worker is false");
    assertThat(tcp.stats().workers().get(0).transportFallbacks()).isZero();
  }

  @Test
  void theOrderOfTheSettingsDecides() throws Exception {
    Worker worker = worker("");
    Cluster rdma = client(worker, "[rdma, local, tcp]", "");
    assertRight(fetch(rdma, version(rdma), 0, BLOCK), 0);
    assertThat(rail(rdma).transport()).isEqualTo(TransportKind.RDMA);
    Cluster local = client(worker, "[local, rdma]", "");
    assertRight(fetch(local, version(local), 0, BLOCK), 0);
    assertThat(rail(local).transport()).isEqualTo(TransportKind.LOCAL);
  }

  @Test
  void namedAloneItIsNotReplacedSilently() throws Exception {
    Worker without = worker(NO_RDMA);
    assertThatThrownBy(() -> client(without.rpcPort(), ""))
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining("the transport rdma, the only one in railfs.client.data.transport")
        .hasMessageContaining("railfs.worker.rdma.enabled of the worker is false");
    Cluster allowed = client(without.rpcPort(), "railfs.fabric.fallback = true");
    assertRight(fetch(allowed, version(allowed), 0, BLOCK), 0);
    assertThat(allowed.stats().workers().get(0).transportFallbacks()).isPositive();
    assertThat(rail(allowed).transport()).isEqualTo(TransportKind.TCP);
  }

  @Test
  void aWorkerThatMustHaveItDoesNotStartWithout() {
    FakeNetwork.clear();
    assertThatThrownBy(() -> worker("railfs.worker.rdma.enabled = true"))
        .isInstanceOf(WorkerStartException.class)
        .hasMessage("no RDMA device has the address 127.0.0.1");
  }

  @Test
  void aPortThatGoesDownUnderReadersCostsNoErrorAndRdmaComesBack() throws Exception {
    Worker worker = worker(REMOTE);
    Cluster client = client(worker, "auto", "");
    FileVersion version = version(client);
    load(client, version, worker);
    for (int round = 0; round < 3; round++) {
      // One that brings nothing before it ends waits a minute before it is made again.
      assertRight(fetch(client, version, 0, BLOCK), 0);
      List<Sink> sinks = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        sinks.add(fetch(client, version, (long) (i % 9) * BLOCK, BLOCK));
        if (i == 100) {
          device.portDown();
        }
      }
      for (int i = 0; i < sinks.size(); i++) {
        assertRight(sinks.get(i), (long) (i % 9) * BLOCK);
      }
      assertRight(fetch(client, version, 0, BLOCK), 0);
      assertThat(rail(client).transport()).isEqualTo(TransportKind.TCP);
      assertThat(rail(client).transportProblem()).contains("the port is down");
      device.portUp();
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> rail(client).transport() == TransportKind.RDMA);
    }
    assertThat(rail(client).bytesInFlight()).isZero();
  }

  @Test
  void severalRailsShareTheReadsAndOneTakesOverFromAnother() {
    Shell.Result result =
        Shell.bash(
            "exec unshare -n bash -c \"$@\"",
            RdmaRails.NETWORK,
            "bash",
            Path.of(System.getProperty("java.home"), "bin/java"),
            "-Xmx256m",
            "-cp",
            System.getProperty("java.class.path"),
            RdmaRails.class.getName(),
            directory());
    assertThat(result.ok().out()).contains("passed");
  }

  @Test
  void aDeviceThatIsRemovedAndPutBackIsUsedAgain() throws Exception {
    Worker worker = worker(REMOTE);
    Cluster client = client(worker, "auto", "");
    FileVersion version = version(client);
    load(client, version, worker);
    List<Sink> sinks = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      sinks.add(fetch(client, version, (long) (i % 9) * BLOCK, BLOCK));
      if (i == 50) {
        device.remove();
      }
    }
    for (int i = 0; i < sinks.size(); i++) {
      assertRight(sinks.get(i), (long) (i % 9) * BLOCK);
    }
    device = FakeNetwork.add("fake0", InetAddress.getLoopbackAddress());
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              assertRight(fetch(client, version, 0, BLOCK), 0);
              RailStats rail = rail(client);
              assertThat(rail.transport())
                  .as(rail.transportProblem())
                  .isEqualTo(TransportKind.RDMA);
            });
  }

  @Test
  void aNetworkThatCarriesNoLongMessagesIsLeftForTcpAndNotTriedAgainAtOnce() throws Exception {
    device.carryUpTo(2_000);
    Worker worker = worker(REMOTE);
    Cluster client = client(worker, "auto", "");
    FileVersion version = version(client);
    // It is made, as what makes it is short, and breaks under the first block.
    for (int i = 0; i < 9; i++) {
      assertRight(fetch(client, version, (long) i * BLOCK, BLOCK), (long) i * BLOCK);
    }
    assertThat(rail(client).transport()).isEqualTo(TransportKind.TCP);
    assertThat(rail(client).transportProblem())
        .contains("rdma: RDMA was made and brought nothing; it is tried again after a minute");
    // Where it was not to be had, it is tried again after a second.
    await()
        .during(Duration.ofSeconds(3))
        .until(() -> FakeNetwork.queues() == 0 && rail(client).transport() == TransportKind.TCP);
    assertThat(rail(client).bytesRdma()).isZero();
    assertThat(client.stats().workers().get(0).transportFallbacks()).isZero();
  }

  @Test
  void bytesThatAreDamagedOnTheWayAreNeverGiven() throws Exception {
    Worker worker = worker(REMOTE);
    Cluster client = client(worker, "rdma", "");
    FileVersion version = version(client);
    load(client, version, worker);
    for (int round = 0; round < 5; round++) {
      device.corrupt(1 + round);
      assertRight(fetch(client, version, 0, BLOCK), 0);
      assertRight(fetch(client, version, BLOCK, CHUNK), BLOCK);
    }
    device.corrupt(0);
    assertRight(fetch(client, version, 0, BLOCK), 0);
  }

  @Test
  void aReadThatIsLongerThanAMessageComesInPieces() throws Exception {
    Worker worker = worker(REMOTE);
    Cluster client = client(worker, "rdma", "");
    FileVersion version = version(client);
    // Four threads' worth of more than the client has receives for at once.
    List<Sink> sinks = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      sinks.add(fetch(client, version, (long) (i % 9) * BLOCK, BLOCK));
    }
    for (int i = 0; i < sinks.size(); i++) {
      assertRight(sinks.get(i), (long) (i % 9) * BLOCK);
    }
    assertThat(rail(client).bytesRdma()).isGreaterThanOrEqualTo(500L * BLOCK);
  }
}
