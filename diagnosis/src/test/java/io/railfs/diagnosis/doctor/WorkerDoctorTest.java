// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.railfs.client.Endpoint;
import io.railfs.fabric.Devices;
import io.railfs.fabric.FabricException;
import io.railfs.fabric.Transport;
import io.railfs.fabric.trust.Side;
import io.railfs.fabric.trust.Trust;
import io.railfs.fabric.trust.TrustSettings;
import io.railfs.worker.Worker;
import io.railfs.worker.WorkerSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real worker on the loopback interface, asked by the doctor. */
final class WorkerDoctorTest {
  private static final String LOOPBACK = "railfs.client.data.bind.device = lo\n";

  @TempDir Path directory;
  private Path ufs;
  private Worker worker;

  @BeforeEach
  void start() throws Exception {
    ufs = Files.createDirectories(directory.resolve("ufs/train"));
    worker =
        Worker.start(
            WorkerSettings.of(
                ConfigFactory.parseString(
                        """
                        railfs.worker {
                          ufs = "file://%s"
                          rpc.bind { port = 0, host = "127.0.0.1" }
                          data.bind { port = 0, host = "127.0.0.1" }
                          web.bind { port = 0, host = "127.0.0.1" }
                          rest.bind.port = 0
                          local.socket = "%s"
                          store { directories = ["%s"], capacity = 256MiB }
                        }
                        """
                            .formatted(
                                directory.resolve("ufs"),
                                directory.resolve("blocks"),
                                directory.resolve("store")))
                    .withFallback(ConfigFactory.defaultReference())
                    .resolve()));
  }

  @AfterEach
  void stop() {
    worker.close();
  }

  private void writeFile() throws IOException {
    byte[] content = new byte[9_000_001];
    new Random(1).nextBytes(content);
    Files.write(ufs.resolve("0001.tar"), content);
  }

  private static List<Finding> look(int port, String settings)
      throws InterruptedException, FabricException {
    return look(port, settings, Selection.all());
  }

  private static List<Finding> look(int port, String settings, Selection selection)
      throws InterruptedException, FabricException {
    Config config =
        ConfigFactory.parseString(settings)
            .withFallback(ConfigFactory.defaultReference())
            .resolve();
    MachineFacts machine = MachineFacts.of(Path.of("/"), true, Devices::numericAddresses);
    RequiredSetup wanted = RequiredSetup.of(config, Optional.empty());
    try (Trust trust = Trust.open(TrustSettings.of(config), Side.CLIENT);
        Transport transport = Transport.create("test-doctor", 2)) {
      return new WorkerDoctor(transport, trust, machine, wanted, config, selection)
          .look(new Endpoint("127.0.0.1", port));
    }
  }

  private static Finding finding(List<Finding> findings, String groupEnd, String check) {
    return findings.stream()
        .filter(finding -> finding.group().endsWith(groupEnd) && finding.check().equals(check))
        .findFirst()
        .orElseThrow(() -> new AssertionError(groupEnd + " " + check + " not in " + findings));
  }

  /**
   * Other programs of the machine may use its network meanwhile, and the processors' queues, whose
   * counters are of the whole machine.
   */
  private static boolean isOfOthers(Finding finding) {
    return finding.level() == Level.WARNING
        && (finding.advice().startsWith("something else moves bytes")
            || (finding.check().equals("rail-errors")
                && finding
                    .seen()
                    .matches("\\d+ packets more that the processors had no room for")));
  }

  @Test
  void workerOnALoopbackRailIsWellAndItsBytesAreProvedToRunThere() throws Exception {
    writeFile();
    List<Finding> findings = look(worker.rpcPort(), LOOPBACK);
    assertThat(findings).allMatch(finding -> finding.level() == Level.OK || isOfOthers(finding));
    assertThat(findings)
        .extracting(Finding::check)
        .containsExactly(
            "rpc",
            "clock",
            "reach",
            "path-mtu",
            "baseline",
            "counters",
            "rail-errors",
            "read",
            "counters",
            "local-read",
            "transport");
    assertThat(finding(findings, "via lo", "reach").seen())
        .startsWith("127.0.0.1:" + worker.dataPort() + " from 127.0.0.1 on lo, round trip ");
    assertThat(finding(findings, "via lo", "baseline").seen()).contains("memory to memory");
    assertThat(finding(findings, "via lo", "counters").seen()).contains(" came in on lo; ");
    assertThat(finding(findings, " read", "read").seen())
        .contains(" of /train/0001.tar, 4 streams, checksums right");
    assertThat(finding(findings, " read", "local-read").seen())
        .contains(" from the worker's files, half of the reads within ");
    assertThat(finding(findings, " read", "transport").seen()).startsWith("local, ");
  }

  @Test
  void kernelsChoiceIsNamedWhereNoDeviceIsConfigured() throws Exception {
    writeFile();
    List<Finding> findings = look(worker.rpcPort(), "");
    assertThat(findings).allMatch(finding -> finding.level() == Level.OK || isOfOthers(finding));
    Finding counters = finding(findings, "via routing", "counters");
    assertThat(counters.seen()).contains(" came in on lo; ");
    assertThat(isOfOthers(counters) || counters.seen().endsWith("(chosen by the kernel's routing)"))
        .isTrue();
  }

  @Test
  void whatOnlyOtherChecksNeedIsLeftOut() throws Exception {
    writeFile();
    Duration took = lookAtRpcAndClock();
    // Where the machine stood still meanwhile, the next look is quicker.
    for (int i = 0; i < 5 && took.toMillis() >= 900; i++) {
      took = lookAtRpcAndClock();
    }
    assertThat(took).as("without the second of a transfer").isLessThan(Duration.ofMillis(900));
  }

  private Duration lookAtRpcAndClock() throws Exception {
    long started = System.nanoTime();
    List<Finding> findings =
        look(worker.rpcPort(), LOOPBACK, Selection.of(List.of("rpc", "clock")));
    assertThat(findings).extracting(Finding::check).containsExactly("rpc", "clock");
    return Duration.ofNanos(System.nanoTime() - started);
  }

  @Test
  void emptyDatasetIsAWarning() throws Exception {
    List<Finding> findings = look(worker.rpcPort(), LOOPBACK);
    assertThat(finding(findings, " read", "read").level()).isEqualTo(Level.WARNING);
  }

  @Test
  void workerThatIsNotThereIsAProblem() throws Exception {
    // Bound and not listened to: connections are refused, and nobody else is given the port.
    try (Socket closed = new Socket()) {
      closed.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      List<Finding> findings = look(closed.getLocalPort(), "");
      assertThat(findings).hasSize(1);
      assertThat(findings.get(0).level()).isEqualTo(Level.PROBLEM);
      assertThat(findings.get(0).seen()).isEqualTo("connection refused");
    }
  }

  @Test
  void serviceThatNeverAnswersIsAProblemAfterTheConnectTimeout() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      List<Finding> findings = look(silent.getLocalPort(), "railfs.client.connect-timeout = 200ms");
      assertThat(findings).hasSize(1);
      assertThat(findings.get(0).seen()).isEqualTo("no answer within 200 ms");
    }
  }

  @Test
  void railThatDoesNotExistIsNotAskedAndNothingIsReadOverAnother() throws Exception {
    writeFile();
    List<Finding> findings =
        look(worker.rpcPort(), "railfs.client.data.bind.device = nosuchdevice0");
    Finding reach = finding(findings, "via nosuchdevice0", "reach");
    assertThat(reach.level()).isEqualTo(Level.SKIPPED);
    assertThat(reach.seen()).isEqualTo("not looked at: nosuchdevice0 does not exist");
    assertThat(findings).noneMatch(finding -> finding.check().equals("read"));
  }
}
