// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * File content goes over the devices that are named and nowhere else, by the kernel's own counters,
 * and what happens to it when they fail.
 */
final class RailTest {
  private static final int SIZE = 60_000_000;
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final String IMPATIENT =
      "railfs.client { read-deadline = 4s, metadata-deadline = 4s, attempt-timeout = 1s }\n";

  private final RailLab lab = new RailLab();

  @AfterEach
  void close() {
    lab.close();
  }

  private void dataset(String name, long size) {
    try {
      Datasets.file(lab.playground.dataset.resolve(name), size, name.hashCode());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Without a device, the kernel sends what is for the worker's ib0 over eth0. */
  private void preferEthernet() {
    lab.ip(lab.mountHost, "route add 10.91.0.1/32 via 10.93.0.1 dev eth0");
    lab.ip(lab.workerHost, "route add 10.91.0.2/32 via 10.93.0.2 dev eth0");
    for (String host : List.of(lab.mountHost, lab.workerHost)) {
      // A strict reverse path filter would drop what the routing table does not expect.
      Shell.bash(
              "ip netns exec $1 sh -c 'for f in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 >"
                  + " $f; done'",
              host)
          .ok();
    }
  }

  private void assertReads(String file) {
    assertThat(lab.sum(file)).isEqualTo(lab.expected(file));
  }

  @Test
  void allBytesAreOnTheNamedDeviceThoughTheRoutingTablePrefersAnother() {
    dataset("f", SIZE);
    preferEthernet();
    lab.writeConf(
        "10.91.0.1",
        "railfs.client { data.bind.device = ib0, rpc.bind.device = ib0 }",
        "railfs.worker { data.bind.device = ib0, rpc.bind.device = [ib0] }");
    assertThat(lab.railfs(lab.workerHost, "worker", "start").ok().out()).contains("10.91.0.1:");
    lab.railfs(lab.mountHost, "mount", lab.playground.mountpoint).ok();
    long ethernet = lab.received("eth0") + lab.sent("eth0");
    assertReads("f");
    assertThat(lab.received("ib0")).isGreaterThan(SIZE);
    assertThat(lab.received("eth0") + lab.sent("eth0") - ethernet).isZero();
    assertThat(lab.received("ib1")).isZero();
  }

  @Test
  void aRailThatHasOnlyIpv6AddressesCarriesAllBytesToo() {
    dataset("f", SIZE);
    int side = 1;
    for (String host : List.of(lab.workerHost, lab.mountHost)) {
      // Without ::1 Netty takes the host for one that has no IPv6 at all.
      Shell.bash(
              "ip netns exec $1 sh -c 'for d in lo ib0; do echo 0 >"
                  + " /proc/sys/net/ipv6/conf/$d/disable_ipv6; done'",
              host)
          .ok();
      lab.ip(host, "address flush dev ib0");
      lab.ip(host, "address add fd91::" + side++ + "/64 dev ib0 nodad");
    }
    lab.writeConf(
        "[fd91::1]",
        "railfs.client { data.bind.device = ib0, rpc.bind.device = ib0 }",
        "railfs.worker { data.bind.device = ib0, rpc.bind.device = ib0 }");
    lab.start();
    assertReads("f");
    assertThat(lab.received("ib0")).isGreaterThan(SIZE);
    assertThat(lab.received("eth0") + lab.received("ib1")).isZero();
  }

  @Test
  void withoutANamedDeviceTheRoutingTableDecides() {
    dataset("f", SIZE);
    preferEthernet();
    lab.writeConf("10.91.0.1", "", "");
    lab.start();
    assertReads("f");
    assertThat(lab.received("eth0")).isGreaterThan(SIZE);
    assertThat(lab.received("ib0")).isLessThan(SIZE / 100);
  }

  @Test
  void devicesThatCannotBeUsedStopTheStartWithTheListOfThoseThereAre() {
    dataset("f", 100);
    lab.writeConf("10.91.0.1", "", "");
    lab.railfs(lab.workerHost, "worker", "start").ok();
    lab.ip(lab.mountHost, "link set ib1 down");
    lab.ip(lab.mountHost, "address flush dev eth0");
    assertThat(refusal("ib7"))
        .contains("network device 'ib7' does not exist")
        .contains("ib0 (up, 10.91.0.2)")
        .contains("ib1 (down, 10.92.0.2)");
    assertThat(refusal("IB0")).contains("did you mean 'ib0'?");
    assertThat(refusal("ib0,ib1")).contains("network device 'ib1' is down");
    assertThat(refusal("eth0")).contains("network device 'eth0' has no address");
    assertThat(refusal("ib0", "-D", "railfs.fabric.require-infiniband=true"))
        .contains("network device 'ib0' has link layer Ethernet and not InfiniBand");
    lab.railfs(lab.workerHost, "worker", "stop").ok();
    Shell.Result worker =
        lab.railfs(lab.workerHost, "worker", "start", "-D", "railfs.worker.data.bind.device=ib7");
    assertThat(worker.exit()).isEqualTo(1);
    assertThat(worker.err())
        .contains("network device 'ib7' does not exist")
        .contains("10.92.0.1")
        .doesNotContain("\tat ");
  }

  @Test
  void aDeviceIsFoundAlsoWhereSysIsOfAnotherNetworkNamespace() {
    dataset("f", SIZE);
    lab.writeConf("10.91.0.1", "", "");
    lab.railfs(lab.workerHost, "worker", "start").ok();
    String script =
        """
        export RAILFS_CONF_DIR=$1
        [ ! -e /sys/class/net/ib0 ] || exit 9
        nsenter --net=/run/netns/$2 "$3" mount --bind ib0 "$4" && ls "$4" && "$3" umount "$4"
        nsenter --net=/run/netns/$2 "$3" mount --bind ib7 "$4"
        """;
    Shell.Result result =
        Shell.bash(
            script,
            lab.playground.conf,
            lab.mountHost,
            RailfsProcess.PATH,
            lab.playground.mountpoint);
    assertThat(result.exit()).as(result.toString()).isEqualTo(1);
    assertThat(result.err().strip().lines()).as(result.err()).hasSize(1);
    assertThat(result.err())
        .contains("network device 'ib7' does not exist")
        .contains("ib0 (up, 10.91.0.2)");
  }

  private String refusal(String devices, String... options) {
    Object[] words =
        java.util.stream.Stream.concat(
                java.util.stream.Stream.of("mount", "--bind", devices),
                java.util.stream.Stream.of(options))
            .toArray();
    Object[] all = java.util.Arrays.copyOf(words, words.length + 1);
    all[words.length] = lab.playground.mountpoint;
    Shell.Result mount = lab.railfs(lab.mountHost, all);
    assertThat(mount.exit()).isEqualTo(1);
    assertThat(mount.err().strip().lines()).as(mount.err()).hasSize(1);
    return mount.err();
  }

  @Test
  void aReadGoesOnOverTheOtherRailWhenOneIsCutAndReturnsToItAfterwards() throws Exception {
    dataset("f", 2L * SIZE);
    dataset("g", SIZE);
    lab.writeConf(
        "10.91.0.1",
        "railfs.client { data.bind.device = [ib0, ib1], rpc.bind.device = [ib0, ib1] }",
        "railfs.worker { data.bind.device = [ib0, ib1], rpc.bind.device = [ib0, ib1] }");
    lab.start();
    assertIsReadWhileOneRailIsLost(() -> lab.link("ib0", false));
    assertThat(lab.sent("eth0")).isLessThan(2_000);
    // Names and attributes are asked for over the other rail too.
    assertThat(lab.inMount("stat -c %s \"$1\"", lab.playground.mountpoint.resolve("g")).ok().out())
        .isEqualTo(SIZE + "\n");
    lab.link("ib0", true);
    long before = lab.received("ib0");
    await()
        .atMost(TIMEOUT)
        .until(() -> rail("ib0", "connections") >= 1 && rail("ib1", "connections") >= 1);
    assertReads("g");
    assertThat(lab.received("ib0") - before).isGreaterThan(SIZE / 5);
    assertThat(rail("ib0", "received_bytes") + rail("ib1", "received_bytes"))
        .isBetween(3L * SIZE, 3L * SIZE + SIZE);
  }

  @Test
  void aRailThatGoesSilentWhileItsLinkStaysUpCostsNoError() throws Exception {
    dataset("f", 2L * SIZE);
    lab.writeConf(
        "10.93.0.1",
        "railfs.client { data.bind.device = [ib0, ib1], attempt-timeout = 1s }",
        "railfs.worker.data.bind.device = [ib0, ib1]");
    lab.start();
    assertIsReadWhileOneRailIsLost(() -> lab.drop("ib0"));
  }

  /** Both rails carry a file that is being read, one of them is lost, and the file is right. */
  private void assertIsReadWhileOneRailIsLost(Runnable lose) throws Exception {
    // So slowly that the file is still being read when the loss is felt, on a busy machine too.
    lab.shape("ib0", 10);
    lab.shape("ib1", 10);
    Path out = lab.playground.logs.resolve("sum");
    Process reader = sumInBackground("f", out);
    try {
      await()
          .atMost(TIMEOUT)
          .until(() -> lab.received("ib0") > SIZE / 4 && lab.received("ib1") > SIZE / 4);
      lose.run();
      assertThat(reader.isAlive()).as("the rail was lost while the file was read").isTrue();
      lab.shape("ib1", 100);
      assertThat(reader.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    } finally {
      reader.destroyForcibly();
    }
    assertThat(Files.readString(out)).isEqualTo(lab.expected("f"));
  }

  private Process sumInBackground(String file, Path out) throws IOException {
    return new ProcessBuilder(
            lab.inMountWords("sha256sum < \"$1\"", lab.playground.mountpoint.resolve(file)))
        .redirectOutput(out.toFile())
        .redirectErrorStream(true)
        .start();
  }

  /** A number of a rail as the running mount says it. */
  private long rail(String device, String key) {
    String json = lab.inMount("$1 stats --json --once", RailfsProcess.PATH).ok().out();
    java.util.regex.Matcher matcher =
        java.util.regex.Pattern.compile("\\{[^{}]*\"device\":\"" + device + "\"[^{}]*}")
            .matcher(json);
    assertThat(matcher.find()).as(json).isTrue();
    java.util.regex.Matcher number =
        java.util.regex.Pattern.compile("\"" + key + "\":(\\d+)").matcher(matcher.group());
    assertThat(number.find()).as(matcher.group()).isTrue();
    return Long.parseLong(number.group(1));
  }

  @Test
  void theOnlyRailCutMeansEioAtTheDeadlineAndWorksAgainWhenItReturns() throws Exception {
    dataset("f", SIZE);
    lab.writeConf(
        "10.93.0.1",
        IMPATIENT + "railfs.client { data.bind.device = ib0, rpc.bind.device = eth0 }",
        "railfs.worker { data.bind.device = ib0, rpc.bind.device = eth0 }");
    lab.start();
    try (Reader reader = new Reader();
        Lateness machine = Lateness.start()) {
      reader.awaitLine("open");
      lab.link("ib0", false);
      Files.createFile(reader.go);
      String failure = reader.awaitLine("error");
      assertThat(failure).startsWith("error 5 ");
      assertThat(Double.parseDouble(failure.split(" ", -1)[2]))
          .isBetween(3.5, 5.0 + machine.total().toMillis() / 1e3);
      assertThat(lab.received("eth0")).as("nothing went around").isLessThan(SIZE / 100);
      lab.link("ib0", true);
      reader.awaitLine("right");
    }
    assertReads("f");
  }

  @Test
  void anAddressThatChangesOnEitherSideIsFollowed() {
    dataset("f", SIZE);
    dataset("g", SIZE);
    dataset("h", SIZE);
    lab.writeConf(
        "10.93.0.1",
        IMPATIENT + "railfs.client.data.bind.device = ib0",
        "railfs.worker.data.bind.device = ib0");
    lab.start();
    assertReads("f");
    lab.ip(lab.mountHost, "address add 10.91.0.77/24 dev ib0");
    lab.ip(lab.mountHost, "address del 10.91.0.2/24 dev ib0");
    lab.ip(lab.mountHost, "address add 10.91.0.77/24 dev ib0 || true");
    awaitReads("g");
    lab.ip(lab.workerHost, "address flush dev ib0");
    lab.ip(lab.workerHost, "address add 10.91.0.99/24 dev ib0");
    awaitReads("h");
    assertThat(lab.received("ib0")).isGreaterThan(3L * SIZE);
  }

  private void awaitReads(String file) {
    await().atMost(TIMEOUT).ignoreExceptions().untilAsserted(() -> assertReads(file));
  }

  @Test
  void connectionsLeaveTheDeviceOnlyWhereFallbackIsAllowedAndReturn() {
    dataset("f", SIZE);
    dataset("g", SIZE);
    lab.writeConf(
        "10.93.0.1",
        IMPATIENT + "railfs.fabric.fallback = true\nrailfs.client.data.bind.device = ib0",
        "");
    lab.start();
    assertReads("f");
    assertThat(lab.received("eth0")).isLessThan(SIZE / 100);
    lab.link("ib0", false);
    awaitReads("g");
    assertThat(lab.received("eth0")).isGreaterThan(SIZE);
    await()
        .atMost(TIMEOUT)
        .until(() -> lab.playground.mountLog().contains("are bound to no network device"));
    assertThat(rail("", "received_bytes")).isGreaterThan(SIZE);
    lab.link("ib0", true);
    await()
        .atMost(TIMEOUT)
        .until(() -> rail("ib0", "connections") >= 1 && rail("", "connections") == 0);
  }

  /** Holds a file open, reads from it when told to, and says what it gets, line by line. */
  private final class Reader implements AutoCloseable {
    private static final String SCRIPT =
        """
        import os, sys, time
        fd = os.open(sys.argv[1], os.O_RDONLY)
        os.pread(fd, 1000, 0)
        print("open", flush=True)
        while not os.path.exists(sys.argv[2]):
            time.sleep(0.01)
        begin = time.monotonic()
        while True:
            start = time.monotonic()
            try:
                got = os.pread(fd, 1000, 40000000)
                right = got == open(sys.argv[3], "rb").read()[40000000:40001000]
                print("right" if right else "wrong", flush=True)
                break
            except OSError as e:
                print("error", e.errno, time.monotonic() - start, flush=True)
            if time.monotonic() - begin > 40:
                break
        """;

    private final Path go = lab.playground.logs.resolve("go");
    private final Path out = lab.playground.logs.resolve("reader-out");
    private final Process process;

    Reader() throws IOException {
      process =
          new ProcessBuilder(
                  lab.inMountWords(
                      "exec python3 -c \"$1\" \"$2\" \"$3\" \"$4\"",
                      SCRIPT,
                      lab.playground.mountpoint.resolve("f"),
                      go,
                      lab.playground.dataset.resolve("f")))
              .redirectOutput(out.toFile())
              .redirectErrorStream(true)
              .start();
    }

    String awaitLine(String start) {
      return await().atMost(TIMEOUT).until(() -> line(start), line -> line != null);
    }

    private String line(String start) throws IOException {
      return Files.readAllLines(out).stream()
          .filter(line -> line.startsWith(start))
          .findFirst()
          .orElse(null);
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }
}
