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
            List.of("ip", "netns", "exec", host, Playground.HOME.resolve("bin/railfs").toString()));
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
    assertThat(result.exit()).as(result.toString()).isZero();
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
