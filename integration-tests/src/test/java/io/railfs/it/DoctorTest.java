// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two hosts, each a network namespace, with two cables between them: ib0 and eth0 (both Ethernet,
 * for there is no InfiniBand here). A worker on one, doctor and bench on the other.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class DoctorTest {
  private static final Duration LIMIT = Duration.ofSeconds(90);
  private static final String RAIL = "railfs.client.data.bind.device=ib0";

  @TempDir static Path base;

  private final String suffix = String.valueOf(ProcessHandle.current().pid());
  private final String workerHost = "rfw" + suffix;
  private final String clientHost = "rfc" + suffix;

  @BeforeAll
  void start() throws IOException {
    byte[] content = new byte[20_000_000];
    new Random(3).nextBytes(content);
    Files.write(Files.createDirectory(base.resolve("dataset")).resolve("a.bin"), content);
    String places =
        "railfs.run-directory = \"%s/run\"\nrailfs.log.directory = \"%s/logs\"\n"
            .formatted(base, base);
    Files.writeString(
        base.resolve("railfs.conf"), places + "railfs.workers = [\"10.9.0.1:29999\"]\n");
    Files.writeString(
        base.resolve("railfs-worker.conf"),
        places
            + "railfs.worker { ufs = \"file://%s/dataset\", store { directories = [\"%s/store\"], capacity = 1GiB } }\n"
                .formatted(base, base));
    Shell.bash(
            """
            set -eu
            ip netns add $1; ip netns add $2
            for rail in ib0 eth0; do ip link add $rail netns $1 type veth peer name $rail netns $2; done
            i=0
            for host in $1 $2; do
              i=$((i + 1))
              ip -n $host addr add 10.9.0.$i/24 dev ib0
              ip -n $host addr add 10.9.1.$i/24 dev eth0
              for device in lo ib0 eth0; do ip -n $host link set $device up; done
            done
            """,
            workerHost,
            clientHost)
        .ok();
    railfs(workerHost, "worker", "start").ok();
  }

  @AfterAll
  void stop() {
    railfs(workerHost, "worker", "stop");
    Shell.bash("for host in $1 $2; do ip netns del $host; done", workerHost, clientHost);
  }

  private Shell.Result railfs(String host, String... words) {
    List<String> command =
        new java.util.ArrayList<>(
            List.of("ip", "netns", "exec", host, RailfsProcess.PATH.toString()));
    command.addAll(List.of(words));
    return Shell.run(LIMIT, Map.of("RAILFS_CONF_DIR", base.toString()), base, command);
  }

  private static String line(Shell.Result result, String group, String check) {
    String text = result.out().substring(result.out().indexOf("\n" + group + "\n"));
    return text.lines()
        .filter(line -> line.contains("  " + check + "  "))
        .findFirst()
        .orElseThrow(() -> new AssertionError(check + " not in " + result));
  }

  @Test
  void bytesAreProvedToRunOnTheNamedRail() {
    Shell.Result result = railfs(clientHost, "doctor", "-D", RAIL);
    // What a busy machine does to packets between its processors is counted there, with all
    // others'.
    assertThat(result.exit())
        .as(result.toString())
        .isEqualTo(
            line(result, "worker 10.9.0.1:29999 via ib0", "rail-errors")
                    .matches(
                        " *warning .*(packets more that the processors had|segments came out).*")
                ? 1
                : 0);
    assertThat(line(result, "worker 10.9.0.1:29999 via ib0", "counters"))
        .contains(" came in on ib0; ");
    assertThat(line(result, "worker 10.9.0.1:29999 read", "counters"))
        .contains(" came in on ib0; ");
  }

  @Test
  void smallerMtuOfTheWorkersInterfaceIsFoundFromHere() {
    Shell.bash("ip -n $1 link set ib0 mtu 1400", workerHost).ok();
    try {
      Shell.Result result = railfs(clientHost, "doctor", "-D", RAIL);
      assertThat(result.exit()).as(result.toString()).isEqualTo(1);
      assertThat(line(result, "worker 10.9.0.1:29999 via ib0", "path-mtu"))
          .contains("packets of 1400 arrive; ib0 has 1500, so the peer's is smaller");
    } finally {
      Shell.bash("ip -n $1 link set ib0 mtu 1500", workerHost).ok();
    }
  }

  /** Packets of more bytes vanish before the host has seen them, and nobody is told. */
  private Shell.Result doctorWithPacketsLostAt(String host) {
    Shell.bash(
            """
            set -e
            for ns in $1 $2; do ip -n $ns link set ib0 mtu 9000; done
            ip netns exec $3 nft add table ip hole
            ip netns exec $3 nft 'add chain ip hole in { type filter hook input priority 0; }'
            ip netns exec $3 nft add rule ip hole in iifname ib0 ip length '>' 2044 drop
            """,
            workerHost,
            clientHost,
            host)
        .ok();
    try {
      return railfs(clientHost, "doctor", "-D", RAIL);
    } finally {
      Shell.bash(
              """
              ip netns exec $3 nft delete table ip hole
              for ns in $1 $2; do ip -n $ns link set ib0 mtu 1500; done
              """,
              workerHost,
              clientHost,
              host)
          .ok();
    }
  }

  @Test
  void sizeOfPacketsThatVanishOnTheWayHereIsTold() {
    Shell.Result result = doctorWithPacketsLostAt(clientHost);
    assertThat(result.exit()).as(result.toString()).isEqualTo(2);
    assertThat(line(result, "worker 10.9.0.1:29999 via ib0", "path-mtu"))
        .contains(
            "packets of 9000 from the worker are lost in silence, those of 2044 arrive; both ends"
                + " have an MTU of 9000");
    assertThat(result.out())
        .contains("ip link set ib0 mtu 2044")
        .contains("ping -M do -s 8972 -I ib0 10.9.0.1")
        .contains(" 1 problem\n")
        .doesNotContain("  read  ");
  }

  @Test
  void sizeOfPacketsThatVanishOnTheWayToTheWorkerIsTold() {
    Shell.Result result = doctorWithPacketsLostAt(workerHost);
    assertThat(line(result, "worker 10.9.0.1:29999 via ib0", "path-mtu"))
        .contains("packets of 9000 to the worker are lost in silence, those of 2044 arrive");
  }

  @Test
  void firewallOnTheDataPortIsNamedWhereRpcAnswersAtTheSameAddress() {
    Shell.bash(
            """
            set -e
            ip netns exec $1 nft add table ip wall
            ip netns exec $1 nft 'add chain ip wall in { type filter hook input priority 0; }'
            ip netns exec $1 nft add rule ip wall in tcp dport 29997 drop
            """,
            workerHost)
        .ok();
    try {
      Shell.Result result = railfs(clientHost, "doctor", "-D", RAIL);
      assertThat(result.exit()).as(result.toString()).isEqualTo(2);
      assertThat(result.out())
          .contains(
              "-> rpc answers at the same address, so a firewall between drops port 29997: open it")
          .doesNotContain("is bound to that rail");
    } finally {
      Shell.bash("ip netns exec $1 nft delete table ip wall", workerHost).ok();
    }
  }

  @Test
  void ruleOfThisMachinesOwnFirewallIsNamedWithTheCommandThatTakesItAway() {
    Shell.bash(
            """
            set -e
            ip netns exec $1 nft add table ip wall
            ip netns exec $1 nft 'add chain ip wall out { type filter hook output priority 0; }'
            ip netns exec $1 nft add rule ip wall out tcp dport 29997 drop
            """,
            clientHost)
        .ok();
    try {
      Shell.Result result = railfs(clientHost, "doctor", "-D", RAIL);
      assertThat(result.exit()).as(result.toString()).isEqualTo(2);
      assertThat(line(result, "kernel", "firewall"))
          .contains("problem")
          .contains("a rule drops packets of port 29997: tcp dport 29997 drop");
      assertThat(result.out())
          .contains("-> a firewall rule of this machine drops packets of port 29997")
          .containsPattern("run 'nft delete rule ip wall out handle \\d+'");
    } finally {
      Shell.bash("ip netns exec $1 nft delete table ip wall", clientHost).ok();
    }
  }

  @Test
  void addressThatNoMachineAnswersForIsNoReasonToLookForAFirewall() {
    Shell.bash("ip -n $1 addr del 10.9.0.1/24 dev ib0", workerHost).ok();
    // What answered just now the kernel believes in for up to a minute.
    Shell.bash("ip -n $1 neigh flush dev ib0", clientHost).ok();
    try {
      Shell.Result result =
          railfs(clientHost, "doctor", "-D", "railfs.client.rpc.bind.device=ib0", "-D", RAIL);
      assertThat(result.exit()).as(result.toString()).isEqualTo(2);
      assertThat(result.out())
          .contains("-> nobody on the subnet answers ARP for 10.9.0.1, so no machine has")
          .doesNotContain("worker start");
    } finally {
      Shell.bash("ip -n $1 addr add 10.9.0.1/24 dev ib0", workerHost).ok();
    }
  }

  @Test
  void routeOverAnotherDeviceIsNamedThoughBoundConnectionsWork() {
    Shell.bash("ip -n $1 route add 10.9.0.1/32 dev eth0", clientHost).ok();
    try {
      Shell.Result result = railfs(clientHost, "doctor", "--only", "route,reach", "-D", RAIL);
      assertThat(result.out())
          .startsWith("worker 10.9.0.1:29999 via ib0\n")
          .containsPattern("warning +route +the kernel's route to 10.9.0.1 is over eth0, not");
    } finally {
      Shell.bash("ip -n $1 route del 10.9.0.1/32 dev eth0", clientHost).ok();
    }
  }

  @Test
  void oneLineForMonitoringHasTheChecksThatWereAskedFor() {
    Shell.Result well =
        railfs(clientHost, "doctor", "--quiet", "--only", "link,rpc,clock", "-D", RAIL);
    assertThat(well.ok().out())
        .startsWith("RAILFS OK - ")
        .contains(" checks: 3 ok, 0 warnings, 0 problems")
        .hasLineCount(1);
    Shell.bash("ip -n $1 link set ib0 down", workerHost).ok();
    try {
      Shell.Result bad = railfs(clientHost, "doctor", "--quiet", "--only", "link", "-D", RAIL);
      assertThat(bad.exit()).isEqualTo(2);
      assertThat(bad.out())
          .startsWith("RAILFS PROBLEM - 1 checks: 0 ok, 0 warnings, 1 problem; link (device ib0): ")
          .hasLineCount(1);
    } finally {
      Shell.bash("ip -n $1 link set ib0 up", workerHost).ok();
    }
  }

  @Test
  void checkThatDoesNotApplyIsSkippedWhereItWasAskedForAndSilentElsewhere() {
    Shell.Result asked = railfs(clientHost, "doctor", "--local", "--only", "pcie-link,pkey");
    assertThat(asked.ok().out()).contains("2 checks: 0 ok, 2 skipped, 0 warnings, 0 problems");
    Shell.Result all = railfs(clientHost, "doctor", "--local", "-D", RAIL);
    assertThat(all.ok().out())
        .as("calm without an adapter")
        .doesNotContain("pcie-link")
        .doesNotContain("cpu-governor")
        .doesNotContain("boot-address");
  }

  @Test
  void railWithoutAnAddressIsOneProblemWithOneCure() {
    Shell.bash("ip -n $1 addr flush dev ib0", clientHost).ok();
    try {
      for (String rpc : List.of("ib0", "")) {
        Shell.Result result =
            railfs(
                clientHost,
                "doctor",
                "--worker=" + (rpc.isEmpty() ? "10.9.1.1" : "10.9.0.1"),
                "-D",
                RAIL,
                "-D",
                "railfs.client.rpc.bind.device=" + rpc);
        assertThat(result.exit()).as(result.toString()).isEqualTo(2);
        assertThat(result.out().lines().filter(line -> line.contains(" -> ")))
            .as(result.out())
            .singleElement()
            .asString()
            .contains("'ip addr add 10.x.y.z/24 dev ib0'");
        assertThat(result.out()).contains("not looked at: ib0 has no address");
      }
    } finally {
      Shell.bash("ip -n $1 addr add 10.9.0.2/24 dev ib0", clientHost).ok();
    }
  }

  @Test
  void railWithoutACarrierIsNoReasonToStartTheWorker() {
    Shell.bash("ip -n $1 link set ib0 down", workerHost).ok();
    try {
      Shell.Result result =
          railfs(clientHost, "doctor", "-D", RAIL, "-D", "railfs.client.rpc.bind.device=ib0");
      assertThat(result.exit()).as(result.toString()).isEqualTo(2);
      assertThat(line(result, "device ib0", "link")).contains("without a carrier");
      assertThat(line(result, "worker 10.9.0.1:29999", "rpc"))
          .contains("skipped")
          .contains("not looked at: ib0 is down");
      assertThat(result.out()).contains(" 1 problem\n").doesNotContain("worker start");
    } finally {
      Shell.bash("ip -n $1 link set ib0 up", workerHost).ok();
    }
  }

  @Test
  void railsInOneSubnetAreToldWithTheSettingsThatMatter() {
    String both = "railfs.client.data.bind.device=ib0,eth0";
    Shell.bash(
            """
            set -e
            ip -n $1 addr add 10.9.0.11/24 dev eth0
            ip netns exec $1 sh -c 'cd /proc/sys/net/ipv4/conf
              echo 0 > all/arp_ignore; echo 0 > all/arp_announce; echo 1 > all/rp_filter'
            """,
            clientHost)
        .ok();
    try {
      Shell.Result result = railfs(clientHost, "doctor", "--local", "-D", both);
      assertThat(line(result, "rails", "one-subnet"))
          .contains("warning")
          .contains(
              "are in one subnet; ib0 has rp_filter 1, arp_ignore 0, arp_announce 0; eth0 has");
      assertThat(result.out())
          .contains(
              "'sysctl -w net.ipv4.conf.all.rp_filter=2 net.ipv4.conf.all.arp_ignore=1"
                  + " net.ipv4.conf.all.arp_announce=2' here and on the workers");
      Shell.bash(
              "ip netns exec $1 sh -c 'cd /proc/sys/net/ipv4/conf; echo 1 > all/arp_ignore; echo 2 >"
                  + " all/arp_announce; echo 2 > all/rp_filter'",
              clientHost)
          .ok();
      assertThat(line(railfs(clientHost, "doctor", "--local", "-D", both), "rails", "one-subnet"))
          .contains("ok")
          .contains("rp_filter 2, arp_ignore 1, arp_announce 2");
    } finally {
      Shell.bash(
              "ip -n $1 addr del 10.9.0.11/24 dev eth0; ip netns exec $1 sh -c 'cd"
                  + " /proc/sys/net/ipv4/conf; echo 0 > all/arp_ignore; echo 0 > all/arp_announce'",
              clientHost)
          .ok();
    }
  }

  @Test
  void workersAddressThatThisMachineHasToIsNamed() {
    Shell.bash("ip -n $1 addr add 10.9.0.1/32 dev eth0", clientHost).ok();
    try {
      Shell.Result result =
          railfs(clientHost, "doctor", "-D", "railfs.client.rpc.bind.device=ib0", "-D", RAIL);
      assertThat(result.exit()).as(result.toString()).isEqualTo(2);
      assertThat(result.out())
          .contains("-> 10.9.0.1 is an address of this machine (eth0), so nothing is sent to");
    } finally {
      Shell.bash("ip -n $1 addr del 10.9.0.1/32 dev eth0", clientHost).ok();
    }
  }

  @Test
  void railThatDoesNotReachTheWorkerIsAProblem() {
    Shell.Result result =
        railfs(
            clientHost,
            "doctor",
            "-D",
            "railfs.client.data.bind.device=lo",
            "-D",
            "railfs.client.connect-timeout=3s");
    assertThat(result.exit()).as(result.toString()).isEqualTo(2);
    assertThat(line(result, "worker 10.9.0.1:29999 via lo", "reach")).contains("problem");
  }

  @Test
  void jsonAndLocalChecksAnswerWithoutAWorker() {
    Shell.Result result = railfs(clientHost, "doctor", "--local", "--json");
    assertThat(result.exit()).as(result.toString()).isZero();
    assertThat(result.out()).startsWith("{\"exit_code\":0,\"findings\":[{").doesNotContain("10.9.");
  }

  @Test
  void misspeltKeyIsAProblemThatNamesTheNearest() {
    Shell.Result result =
        railfs(clientHost, "doctor", "--local", "-D", "railfs.client.read-deadlin=3s");
    assertThat(result.exit()).as(result.toString()).isEqualTo(2);
    assertThat(result.out()).contains("did you mean railfs.client.read-deadline?");
  }

  @Test
  void benchMeasuresTheRailAndReads() {
    Shell.Result net =
        railfs(clientHost, "bench", "net", "--duration", "300ms", "--json", "-D", RAIL);
    assertThat(net.ok().out()).contains("\"device\":\"ib0\"").contains("\"bytes_per_second\":");
    Shell.Result read =
        railfs(clientHost, "bench", "read", "--duration", "300ms", "--streams", "2", "-D", RAIL);
    assertThat(read.ok().out()).contains("/a.bin").containsPattern("\nlimit +\\w+ \\(");
    assertThat(read.err()).isEmpty();
  }
}
