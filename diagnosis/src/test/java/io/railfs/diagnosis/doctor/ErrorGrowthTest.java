// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import static io.railfs.diagnosis.doctor.CapturedMachine.IB0;
import static io.railfs.diagnosis.doctor.CapturedMachine.PORT;
import static org.assertj.core.api.Assertions.assertThat;

import io.railfs.diagnosis.bench.WorkloadResult;
import io.railfs.fabric.facts.NetDevice;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What counters say of a transfer: errors of its rail, its share of the port, its transport. */
final class ErrorGrowthTest {
  private static final String SOFTNET = "proc/net/softnet_stat";

  @TempDir private Path root;
  private CapturedMachine machine;

  @BeforeEach
  void make() throws IOException {
    machine = CapturedMachine.of("infiniband-whole", root);
    machine.with(SOFTNET, "0000000a 00000000 00000000").with(IB0 + "statistics/rx_packets", "10");
  }

  private interface Change {
    void make() throws IOException;
  }

  private Finding during(Change change) throws IOException {
    ErrorGrowth growth = ErrorGrowth.start(machine.facts(), "ib0");
    machine.with(IB0 + "statistics/rx_packets", "1000010");
    change.make();
    return growth.finish("g");
  }

  @Test
  void transferWithoutAnErrorIsWell() throws IOException {
    Finding finding = during(() -> machine.with(IB0 + "statistics/rx_dropped", "3"));
    assertThat(finding.level()).isEqualTo(Level.OK);
    assertThat(finding.seen())
        .isEqualTo(
            "3 of 1000000 packets lost on ib0; no error more on mlx5_0 port 1, port_xmit_wait 0"
                + " more");
  }

  @Test
  void oneErrorOfThePortIsAWarning() throws IOException {
    Finding finding = during(() -> machine.with(PORT + "counters/symbol_error", "2"));
    assertThat(finding.level()).isEqualTo(Level.WARNING);
    assertThat(finding.seen()).isEqualTo("symbol_error 2 more on mlx5_0 port 1");
    assertThat(finding.advice()).startsWith("replace the cable");
  }

  @Test
  void portThatWaitsMoreThanItSendsIsCongested() throws IOException {
    Finding finding =
        during(
            () ->
                machine
                    .with(PORT + "counters/port_xmit_wait", "90000")
                    .with(PORT + "counters/port_xmit_packets", "11000"));
    assertThat(finding.level()).isEqualTo(Level.WARNING);
    assertThat(finding.seen())
        .isEqualTo("port_xmit_wait grew by 90000 for 10000 packets: the fabric is congested");
  }

  @Test
  void packetsThatTheInterfaceLostAreAWarning() throws IOException {
    Finding finding = during(() -> machine.with(IB0 + "statistics/rx_missed_errors", "5000"));
    assertThat(finding.level()).isEqualTo(Level.WARNING);
    assertThat(finding.seen()).isEqualTo("rx_missed_errors 5000 more on ib0");
    assertThat(finding.advice()).contains("ethtool -G ib0 rx 8192");
  }

  @Test
  void packetsThatTheProcessorsHadNoRoomForAreAWarning() throws IOException {
    Finding finding = during(() -> machine.with(SOFTNET, "00001000 00000100 00000000"));
    assertThat(finding.level()).isEqualTo(Level.WARNING);
    assertThat(finding.advice()).isEqualTo("run 'sysctl -w net.core.netdev_max_backlog=250000'");
  }

  private void segments(int received, int outOfOrder) throws IOException {
    machine
        .with(
            "proc/net/snmp",
            "Ip: Forwarding\nIp: 1\nTcp: RtoAlgorithm InSegs OutSegs RetransSegs\nTcp: 1 %d 100 0"
                .formatted(received))
        .with(
            "proc/net/netstat",
            "TcpExt: SyncookiesSent TCPOFOQueue\nTcpExt: 0 %d".formatted(outOfOrder));
  }

  /** 200 segments in 10,000 full packets of ib0 come out of order. */
  private Finding duringDisorder() throws IOException {
    segments(1000, 10);
    machine.with(IB0 + "statistics/rx_bytes", "0");
    return during(
        () -> {
          segments(11_000, 210);
          machine.with(IB0 + "statistics/rx_bytes", "20440000");
        });
  }

  @Test
  void segmentsOutOfOrderAreAWarning() throws IOException {
    Finding finding = duringDisorder();
    assertThat(finding.level()).isEqualTo(Level.WARNING);
    assertThat(finding.seen())
        .isEqualTo(
            "200 TCP segments came out of order for 10000 full packets: packets were lost on the"
                + " way, or overtook one another");
    assertThat(finding.advice()).contains("TcpRetransSegs TcpExtTCPDSACKRecv");
  }

  /** With a busy machine they come so: one processor's queue is emptied later than another's. */
  @Test
  void segmentsOutOfOrderOnTheLoopbackDeviceAreWell() throws IOException {
    machine.with(IB0 + "type", String.valueOf(NetDevice.LOOPBACK));
    Finding finding = duringDisorder();
    assertThat(finding.level()).isEqualTo(Level.OK);
    assertThat(finding.numbers()).containsEntry("tcp_out_of_order", 200L);
  }

  @Test
  void baselineIsComparedWithTheRateOfThePort() {
    Finding little = Baselines.judge("g", "3.2 Gb/s", 0.4e9, Optional.of(200.0), Map.of());
    assertThat(little.level()).isEqualTo(Level.WARNING);
    assertThat(little.seen()).isEqualTo("3.2 Gb/s: 2 % of the port's 200 Gb/s");
    assertThat(Baselines.judge("g", "x", 5e9, Optional.of(200.0), Map.of()).seen())
        .isEqualTo("x: 20 % of the port's 200 Gb/s");
    assertThat(Baselines.judge("g", "x", 1, Optional.empty(), Map.of()).level())
        .isEqualTo(Level.OK);
  }

  @Test
  void bytesThatCameByAnInterfaceAreNotLocal() {
    WorkloadResult result = new WorkloadResult(1 << 30, 1024, 1_000_000_000, 100_000, 200_000, 0.5);
    Finding local = LocalProof.judge("g", result, 1 << 30, Map.of("lo", 2048L));
    assertThat(local.level()).isEqualTo(Level.OK);
    assertThat(local.seen())
        .contains("1.0 GiB of 1.0 GiB from the worker's files")
        .endsWith("; meanwhile lo 2.0 KiB");
    Finding half = LocalProof.judge("g", result, 1 << 29, Map.of("lo", 1L << 29));
    assertThat(half.level()).isEqualTo(Level.WARNING);
    assertThat(half.advice()).startsWith("blocks that the worker does not keep come over TCP");
  }
}
