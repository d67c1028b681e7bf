// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A mount whose workers are the addresses of a name, as of a headless service of Kubernetes. The
 * JVM reads the name's addresses from a file instead of a name server, by its own lookup otherwise.
 */
final class NamedWorkersTest {
  private static final String NAME = "railfs-worker.storage.svc";
  private static final String SECOND = "127.0.0.2";
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final MountEnvironment playground = MountEnvironment.create();
  private final Path hosts = playground.conf.resolve("hosts");
  private final Path second = playground.conf.resolve("second.conf");

  @AfterEach
  void stop() {
    if (Files.exists(second)) {
      playground.railfs("worker", "stop", "-c", second);
    }
    playground.close();
  }

  private void resolve(String... addresses) throws IOException {
    Path next = Files.createTempFile(playground.conf, "hosts", "");
    Files.writeString(
        next,
        List.of(addresses).stream()
            .map(address -> address + " " + NAME + "\n")
            .collect(Collectors.joining()));
    Files.move(next, hosts, StandardCopyOption.REPLACE_EXISTING);
  }

  private void startSecond() throws IOException {
    Files.writeString(
        second,
        Files.readString(playground.conf.resolve("railfs-worker.conf"))
                .replace("\"127.0.0.1\"", "\"" + SECOND + "\"")
                .replace(playground.store.toString(), playground.store + "-2")
            + "railfs.run-directory = \""
            + playground.conf.resolve("run-2")
            + "\"\nrailfs.worker.rest.bind.port = "
            + Ports.take()
            + "\n");
    Files.createDirectory(Path.of(playground.store + "-2"));
    playground.railfs("worker", "start", "-c", second).ok();
  }

  private List<String> workers() {
    Config stats =
        ConfigFactory.parseString(
            playground.railfs("stats", "--json", "--once", playground.mountpoint).ok().out());
    return stats.getConfigList("mounts").get(0).getConfigList("workers").stream()
        .map(worker -> worker.getString("endpoint"))
        .sorted()
        .toList();
  }

  private String endpoint(String address) {
    return address + ":" + playground.rpcPort;
  }

  private void awaitWorkers(String... addresses) {
    List<String> endpoints = List.of(addresses).stream().map(this::endpoint).toList();
    Awaitility.await()
        .atMost(LIMIT)
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(() -> assertThat(workers()).isEqualTo(endpoints));
  }

  @Test
  void addressesThatComeAndGoAreFollowedAndAFailureKeepsTheLastOnes() throws Exception {
    playground.environment("JDK_JAVA_OPTIONS", "-Djdk.net.hosts.file=" + hosts);
    playground.writeConf(
        "railfs.mount.memory-limit = 512MiB\nrailfs.workers = [\"dns:%s:%d\"]"
            .formatted(NAME, playground.rpcPort),
        "");
    Datasets.file(playground.dataset.resolve("f"), 20_000_000, 1);
    playground.startWorker();
    startSecond();

    resolve();
    Shell.Result refused = playground.railfs("mount", playground.mountpoint);
    assertThat(refused.exit()).isEqualTo(1);
    assertThat(refused.err())
        .contains(
            "the name " + NAME + " has no address; start a worker there or correct the names");

    resolve("127.0.0.1");
    playground.mount();
    awaitWorkers("127.0.0.1");
    assertThat(playground.railfs("status").out()).contains(endpoint("127.0.0.1"));

    resolve("127.0.0.1", SECOND);
    awaitWorkers("127.0.0.1", SECOND);

    resolve();
    Awaitility.await()
        .atMost(LIMIT)
        .until(
            () ->
                playground
                    .mountLog()
                    .contains("has no address; the workers known so far stay in use"));
    awaitWorkers("127.0.0.1", SECOND);

    resolve(SECOND);
    awaitWorkers(SECOND);
    assertThat(playground.mountLog()).contains(NAME + " has addresses again");
    assertThat(
            Shell.bash(
                    "cmp \"$1\" \"$2\"",
                    playground.mountpoint.resolve("f"),
                    playground.dataset.resolve("f"))
                .exit())
        .isZero();
  }
}
