// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigException;
import io.railfs.protocol.messages.DataEndpoint;
import io.railfs.protocol.messages.HelloReply;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker that cannot start says why in one sentence and leaves nothing behind. */
final class WorkerStartTest {
  @TempDir Path directory;
  private Path ufs;
  private Path store;

  @BeforeEach
  void makeUfs() throws Exception {
    ufs = Files.createDirectory(directory.resolve("ufs"));
    Files.writeString(ufs.resolve("f"), "hello");
    store = directory.resolve("store");
  }

  private static String refusal(WorkerSettings settings) {
    WorkerStartException e =
        catchThrowableOfType(WorkerStartException.class, () -> Worker.start(settings).close());
    assertThat(e).as("the start is refused").isNotNull();
    assertThat(e.getMessage()).doesNotContain("\n");
    return e.getMessage();
  }

  @Test
  void aMissingUfsRootIsNamed() {
    assertThat(refusal(TestSettings.of(directory.resolve("none"), store)))
        .contains(directory.resolve("none") + " does not exist")
        .contains("railfs.worker.ufs");
  }

  @Test
  void aUfsRootThatIsAFileIsNamed() {
    assertThat(refusal(TestSettings.of(ufs.resolve("f"), store)))
        .contains(ufs.resolve("f") + " is not a directory");
  }

  @Test
  void aStoreDirectoryThatIsAFileIsNamed() {
    assertThat(refusal(TestSettings.of(ufs, ufs.resolve("f"))))
        .contains("store directory " + ufs.resolve("f"))
        .contains("railfs.worker.store.directories");
  }

  @Test
  void aStoreDirectoryOnAReadOnlyFileSystemIsNamed() throws Exception {
    try (TestMount mount = TestMount.tmpfs(directory.resolve("disk"), "ro,size=1m")) {
      assertThat(refusal(TestSettings.of(ufs, mount.path())))
          .contains("store directory " + mount.path() + " is not writable");
      assertThat(refusal(TestSettings.of(ufs, mount.path().resolve("sub"))))
          .contains("store directory " + mount.path().resolve("sub"))
          .contains("cannot be created");
    }
  }

  @Test
  void aStoreDirectoryInUseByAnotherWorkerIsRefused() throws Exception {
    try (Worker first = Worker.start(TestSettings.of(ufs, store))) {
      assertThat(first.id()).isNotBlank();
      assertThat(refusal(TestSettings.of(ufs, store)))
          .contains("store directory " + store + " is in use by another worker");
    }
    Worker.start(TestSettings.of(ufs, store)).close();
  }

  @Test
  void aPortThatIsTakenIsNamedWithTheSettingToChange() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      for (String service : List.of("rpc", "data")) {
        WorkerSettings settings =
            TestSettings.with(
                ufs, store, "railfs.worker." + service + ".bind.port = " + taken.getLocalPort());
        assertThat(refusal(settings))
            .contains("the " + service + " service cannot listen on port " + taken.getLocalPort())
            .contains("is taken")
            .contains("railfs.worker." + service + ".bind.port");
      }
    }
    // Nothing of the refused starts is in the way.
    Worker.start(TestSettings.of(ufs, store)).close();
  }

  @Test
  void aDeviceThatIsMissingIsNamedWithTheDevicesThereAre() {
    assertThat(refusal(TestSettings.with(ufs, store, "railfs.worker.data.bind.device = nosuch0")))
        .contains("nosuch0")
        .contains("lo");
  }

  @Test
  void aHostThatIsNotThisMachinesIsNamed() {
    assertThat(
            refusal(TestSettings.with(ufs, store, "railfs.worker.rpc.bind.host = \"192.0.2.1\"")))
        .contains("192.0.2.1")
        .contains("railfs.worker.rpc.bind");
  }

  @Test
  void aWorkerBoundToTheLoopbackDeviceServes() throws Exception {
    WorkerSettings settings =
        TestSettings.with(
            ufs,
            store,
            "railfs.worker { data.bind { device = lo, host = \"\" }, rpc.bind.device = lo }");
    try (Worker worker = Worker.start(settings);
        TestClient rpc = TestClient.connect(worker.rpcPort())) {
      assertThat(rpc.stat("/f").size()).isEqualTo(5);
      try (TestClient other = TestClient.raw(worker.rpcPort())) {
        HelloReply hello = other.hello();
        assertThat(hello.getRpcEndpoints(0).getPort()).isEqualTo(worker.rpcPort());
        DataEndpoint endpoint = hello.getDataEndpoints(0);
        assertThat(endpoint.getDevice()).isEqualTo("lo");
        assertThat(endpoint.getAddress()).isEqualTo("127.0.0.1");
      }
    }
  }

  @Test
  void wrongSettingsAreRefusedByPathAndOrigin() {
    Map<String, String> wrong =
        Map.ofEntries(
            Map.entry("block-size", "100KiB"),
            Map.entry("ufs", "\"nosuch://bucket\""),
            Map.entry("id", "\"a b\""),
            Map.entry("threads", "-1"),
            Map.entry("loaders", "0"),
            Map.entry("rpc.bind.port", "65536"),
            Map.entry("rpc.bind.device", "[lo, lo]"),
            Map.entry(
                "data.bind.host", "\"127.0.0.1\", railfs.worker.data.bind.device = [lo, ib0]"),
            Map.entry("data.bind.port", "-1"),
            Map.entry("store.capacity", "1000KiB"),
            Map.entry("store.directories", "[]"),
            Map.entry("store.open-files", "1"),
            Map.entry("limits.connections", "0"),
            Map.entry("limits.idle-timeout", "0s"));
    new TreeMap<>(wrong)
        .forEach(
            (key, value) ->
                assertThatThrownBy(
                        () -> TestSettings.with(ufs, store, "railfs.worker." + key + " = " + value))
                    .as(key)
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("railfs.worker." + key)
                    .hasMessageContaining("String: 1"));
    assertThatThrownBy(() -> TestSettings.with(ufs, store, "railfs.worker.store.capacity = 0%"))
        .isInstanceOf(ConfigException.BadValue.class)
        .hasMessageContaining("between 1% and 100%");
  }

  @Test
  void theIdSetIsTheIdTold() throws Exception {
    try (Worker worker = Worker.start(TestSettings.with(ufs, store, "railfs.worker.id = w1"))) {
      assertThat(worker.id()).isEqualTo("w1");
    }
  }

  @Test
  void aCapacityGivenAsAShareIsAShareOfTheFreeSpace() throws Exception {
    try (TestMount mount = TestMount.tmpfs(directory.resolve("disk"), "size=64m");
        Worker worker =
            Worker.start(
                TestSettings.with(ufs, mount.path(), "railfs.worker.store.capacity = \"50%\""))) {
      assertThat(worker.status().getCapacityBytes()).isBetween(30L << 20, 32L << 20);
    }
  }

  @Test
  void startAndStopAHundredTimesLeavesNoThreadAndNoDescriptor() throws Exception {
    startUseStop();
    long threads = threads();
    long descriptors = descriptors();
    for (int i = 0; i < 100; i++) {
      startUseStop();
    }
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> {
              assertThat(threads()).isLessThanOrEqualTo(threads);
              assertThat(descriptors()).isLessThanOrEqualTo(descriptors + 2);
            });
  }

  private void startUseStop() throws Exception {
    try (Worker worker = Worker.start(TestSettings.of(ufs, store));
        TestClient rpc = TestClient.connect(worker.rpcPort());
        TestClient data = TestClient.connect(worker.dataPort())) {
      assertThat(data.read("/f", rpc.stat("/f").version(), 0, 5).payload()).hasSize(5);
      assertThat(rpc.stat("/f").isRegular()).isTrue();
      assertThat(data.read("/none", rpc.stat("/f").version(), 0, 5).frame().header().isError())
          .isEqualTo(true);
    }
  }

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("railfs-"))
        .count();
  }

  private static long descriptors() throws Exception {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      return all.count();
    }
  }
}
