// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import com.typesafe.config.ConfigFactory;
import io.railfs.client.ClientSettings;
import io.railfs.client.Cluster;
import io.railfs.client.FetchRequest;
import io.railfs.client.RailStats;
import io.railfs.client.TransportKind;
import io.railfs.client.connect.ClusterClient;
import io.railfs.fabric.verbs.FakeDevice;
import io.railfs.fabric.verbs.FakeNetwork;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import io.railfs.worker.Worker;
import io.railfs.worker.WorkerSettings;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A worker and a client with two rails over RDMA, whose devices are in this process. The interfaces
 * are real ones, in a network namespace of this process alone: {@link #NETWORK} makes them, then
 * this runs. The argument is a directory to work in.
 */
final class RdmaRails {
  /**
   * Two pairs: w0 and c0, w1 and c1. As both ends are in one namespace, rules keep the kernel from
   * the short way between its own addresses.
   */
  static final String NETWORK =
      """
      set -e
      ip link set lo up
      ip rule add pref 300 lookup local
      ip rule del pref 0
      for i in 0 1; do
        ip link add w$i type veth peer name c$i
        w=10.9$i.0.1 c=10.9$i.0.2
        for d in all w$i c$i; do
          echo 0 >/proc/sys/net/ipv4/conf/$d/rp_filter
          echo 1 >/proc/sys/net/ipv4/conf/$d/accept_local
          echo 1 >/proc/sys/net/ipv4/conf/$d/arp_ignore
        done
        ip addr add $w/32 dev w$i
        ip addr add $c/32 dev c$i
        ip link set w$i up
        ip link set c$i up
        ip rule add pref 10 iif w$i to $w lookup local
        ip rule add pref 10 iif c$i to $c lookup local
        ip rule add pref 20 from $c to $w lookup 50
        ip rule add pref 20 from $w to $c lookup 50
        ip rule add pref 21 oif c$i to $w lookup 50
        ip rule add pref 21 oif w$i to $c lookup 50
        ip route add $w dev c$i src $c table 50
        ip route add $c dev w$i src $w table 50
      done
      exec "$@"
      """;

  private static final int BLOCK = 256 << 10;
  private static final int BLOCKS = 8;
  private static final int SECONDS = 40;

  private final Cluster client;
  private final byte[] content;
  private final FileVersion version;

  private RdmaRails(Cluster client, byte[] content) throws Exception {
    this.client = client;
    this.content = content;
    version = client.metadata().stat(RailPath.of("/file"), deadline()).version();
  }

  private static long deadline() {
    return System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
  }

  /** Ends with an exception where anything is not as it should be. */
  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[0]);
    Path data = Files.createDirectories(directory.resolve("rails"));
    byte[] content = new byte[BLOCKS * BLOCK];
    new Random(11).nextBytes(content);
    Files.write(data.resolve("file"), content);
    FakeNetwork.add("worker0", InetAddress.getByName("10.90.0.1"));
    FakeNetwork.add("worker1", InetAddress.getByName("10.91.0.1"));
    FakeDevice first = FakeNetwork.add("client0", InetAddress.getByName("10.90.0.2"));
    FakeNetwork.add("client1", InetAddress.getByName("10.91.0.2"));
    try (Worker worker = Worker.start(workerSettings(data, directory.resolve("rails-store")));
        Cluster client = ClusterClient.connect(clientSettings(worker.rpcPort()))) {
      new RdmaRails(client, content).run(first);
    }
    check(FakeNetwork.breaches().isEmpty(), "no device is used wrongly");
    check(FakeNetwork.openPorts() == 0, "no port is left open");
    System.out.println("passed");
  }

  private void run(FakeDevice first) throws Exception {
    await(
        () -> rails().size() == 2 && rails().stream().allMatch(RdmaRails::isOverRdma),
        "both rails are there");
    read(20, () -> {});
    check(rdma("c0") > BLOCK && rdma("c1") > BLOCK, "both rails carry: " + rails());
    check(rails().stream().allMatch(RdmaRails::isOverRdma), "over RDMA: " + rails());
    long both = rdma("c0") + rdma("c1");
    check(retries() == 0, "no connection is lost: " + rails());
    check(both >= 20L * BLOCKS * BLOCK, "all of it: " + both);
    check(rails().stream().mapToLong(RailStats::bytesReceived).sum() < BLOCK, "TCP: " + rails());

    long before = rdma("c1");
    read(40, first::portDown);
    check(rdma("c1") - before > 10L * BLOCKS * BLOCK, "the other rail takes over: " + rails());
    check(rails().stream().mapToLong(RailStats::bytesReceived).sum() < BLOCK, "TCP: " + rails());

    long retries = retries();
    read(40, () -> {});
    check(retries() == retries, "the other rail keeps its connection: " + rails());

    long down = rdma("c0");
    first.portUp();
    await(
        () -> {
          read(1, () -> {});
          return rdma("c0") > down + BLOCK;
        },
        "the first rail comes back");
  }

  /** Reads the file so often, with something done in the middle. */
  private void read(int rounds, Runnable middle) {
    List<TransportContract.Sink> sinks = new ArrayList<>();
    for (int i = 0; i < rounds * BLOCKS; i++) {
      TransportContract.Sink sink = new TransportContract.Sink(BLOCK);
      long at = (long) (i % BLOCKS) * BLOCK;
      client.pages().fetch(request(at), sink);
      sinks.add(sink);
      if (i == rounds * BLOCKS / 2) {
        middle.run();
      }
    }
    for (int i = 0; i < sinks.size(); i++) {
      int at = i % BLOCKS * BLOCK;
      try {
        sinks.get(i).await(SECONDS);
      } catch (Exception e) {
        throw new IllegalStateException("fetch " + i + " of " + sinks.size(), e);
      }
      byte[] wanted = Arrays.copyOfRange(content, at, at + BLOCK);
      check(Arrays.equals(sinks.get(i).bytes(), wanted), "bytes at " + at + " are right");
    }
  }

  private FetchRequest request(long at) {
    try {
      return new FetchRequest(RailPath.of("/file"), version, at, BLOCK, deadline());
    } catch (io.railfs.protocol.ProtocolException e) {
      throw new IllegalStateException(e);
    }
  }

  private List<RailStats> rails() {
    return client.stats().workers().get(0).rails();
  }

  private long retries() {
    return client.stats().workers().get(0).retries();
  }

  private static boolean isOverRdma(RailStats rail) {
    return rail.transport() == TransportKind.RDMA && rail.transportProblem().isEmpty();
  }

  private long rdma(String device) {
    return rails().stream()
        .filter(rail -> rail.device().equals(device))
        .mapToLong(RailStats::bytesRdma)
        .sum();
  }

  private static void await(BooleanSupplier condition, String what) throws InterruptedException {
    long end = deadline();
    while (!condition.getAsBoolean()) {
      check(System.nanoTime() < end, what);
      Thread.sleep(20);
    }
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new IllegalStateException("not so: " + what);
    }
  }

  private static WorkerSettings workerSettings(Path data, Path store) {
    return WorkerSettings.of(
        ConfigFactory.parseString(
                """
                railfs.worker {
                  ufs = "file://%s", block-size = 256KiB, drain-timeout = 0s
                  rpc.bind { device = w0, port = 0 }, data.bind { device = [w0, w1], port = 0 }
                  web.enabled = false, rest.enabled = false, local.socket = ""
                  store { directories = ["%s"], capacity = 64MiB }
                  rdma { enabled = true, memory = 32MiB }
                }
                """
                    .formatted(data, store))
            .withFallback(ConfigFactory.load())
            .resolve());
  }

  private static ClientSettings clientSettings(int port) {
    return ClientSettings.of(
        ConfigFactory.parseString(
                """
                railfs {
                  workers = ["10.90.0.1:%d"]
                  client.rpc.bind.device = c0
                  client.data {
                    bind.device = [c0, c1], transport = rdma, rdma.memory = 32MiB
                  }
                }
                """
                    .formatted(port))
            .withFallback(ConfigFactory.load())
            .resolve());
  }
}
