// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.railfs.client.probe.PathFacts;
import io.railfs.fabric.facts.NetDevice;
import io.railfs.fabric.facts.Traffic;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What counters, packet sizes and clocks of peers are worth. */
final class TrafficProofTest {
  private static final long PAYLOAD = 1L << 30;

  private static Finding judge(Map<String, Long> received) {
    return TrafficProof.judge("g", List.of("ib0"), Set.of("bond0"), PAYLOAD, received, true);
  }

  @Test
  void bytesOnTheNamedDeviceAreWell() {
    Finding finding = judge(Map.of("ib0", PAYLOAD, "eth0", 2048L));
    assertThat(finding.level()).isEqualTo(Level.OK);
    assertThat(finding.seen())
        .isEqualTo("1.0 GiB of 1.0 GiB came in on ib0; elsewhere eth0 2.0 KiB");
  }

  @Test
  void bytesOnAnotherDeviceAreAProblemThatNamesIt() {
    Finding finding = judge(Map.of("ib0", 4096L, "eth0", PAYLOAD));
    assertThat(finding.level()).isEqualTo(Level.PROBLEM);
    assertThat(finding.seen())
        .isEqualTo("4.0 KiB of 1.0 GiB came in on ib0; elsewhere eth0 1.0 GiB");
  }

  @Test
  void railWithoutTrafficBesideAnotherIsAWarning() {
    List<String> rails = List.of("ib0", "ib1");
    Map<String, Long> both = Map.of("ib0", PAYLOAD / 2, "ib1", PAYLOAD / 2);
    Finding shared = TrafficProof.judge("g", rails, Set.of(), PAYLOAD, both, true);
    assertThat(shared.level()).isEqualTo(Level.OK);
    assertThat(shared.seen())
        .isEqualTo(
            "1.0 GiB of 1.0 GiB came in on ib0 (512.0 MiB), ib1 (512.0 MiB); nothing elsewhere");
    Map<String, Long> one = Map.of("ib0", PAYLOAD, "ib1", 200L);
    Finding alone = TrafficProof.judge("g", rails, Set.of(), PAYLOAD, one, true);
    assertThat(alone.level()).isEqualTo(Level.WARNING);
    assertThat(alone.advice()).startsWith("ib1 carried next to nothing");
  }

  @Test
  void trafficBesideItIsAWarning() {
    assertThat(judge(Map.of("ib0", PAYLOAD, "eth0", PAYLOAD / 2)).level()).isEqualTo(Level.WARNING);
  }

  @Test
  void bondOverTheNamedDeviceCountsTheSameBytes() {
    assertThat(judge(Map.of("ib0", PAYLOAD, "bond0", PAYLOAD)).level()).isEqualTo(Level.OK);
  }

  @Test
  void kernelsChoiceOfEthernetBesideInfinibandIsAWarning(@TempDir Path root) throws Exception {
    MachineTree.make("infiniband-datagram", root);
    MachineFacts machine = MachineFacts.of(root, true, name -> List.of("10.0.0.1"));
    TrafficProof proof = TrafficProof.start(machine);
    Files.writeString(root.resolve("sys/class/net/eth0/statistics/rx_bytes"), "1000001000\n");
    Finding finding = proof.finish("g", List.of("eth0"), 1_000_000_000, false);
    assertThat(finding.level()).isEqualTo(Level.WARNING);
    assertThat(finding.seen()).endsWith(", while ib0 is InfiniBand and ready");
    assertThat(proof.finish("g", List.of("eth0"), 1_000_000_000, true).level()).isEqualTo(Level.OK);
    assertThat(proof.finish("g", List.of("ib0"), 1_000_000_000, true).level())
        .isEqualTo(Level.PROBLEM);
  }

  private static Finding pathMtu(int pathMtu, int segment, int own) {
    NetDevice device =
        new NetDevice(
            "ib0",
            NetDevice.INFINIBAND,
            true,
            "up",
            own,
            Optional.of("connected"),
            "",
            0,
            1,
            Optional.empty(),
            false,
            Set.of(),
            List.of(),
            new Traffic(0, 0));
    return PathMtu.compare(
        "g", new PathFacts(pathMtu, segment, segment, 0), Optional.of(device), 52);
  }

  @Test
  void packetsAsLargeAsTheDeviceAllowsAreWell() {
    assertThat(pathMtu(2044, 1992, 2044).level()).isEqualTo(Level.OK);
  }

  @Test
  void smallerMtuOfThePeerIsFoundByItsPackets() {
    Finding finding = pathMtu(65520, 1992, 65520);
    assertThat(finding.level()).isEqualTo(Level.WARNING);
    assertThat(finding.seen())
        .isEqualTo(
            "65520 (TCP_INFO); packets of 2044 arrive; ib0 has 65520, so the peer's is smaller");
  }

  @Test
  void smallerMtuOnTheWayIsFoundByTheRoute() {
    assertThat(pathMtu(1500, 1448, 2044).level()).isEqualTo(Level.WARNING);
  }

  @Test
  void clockThatDiffersByMoreThanASecondIsAWarning() {
    assertThat(WorkerDoctor.clock("g", 900_000_000L, 1000).level()).isEqualTo(Level.OK);
    Finding behind = WorkerDoctor.clock("g", -1_500_000_000L, 1_000_000);
    assertThat(behind.level()).isEqualTo(Level.WARNING);
    assertThat(behind.seen()).isEqualTo("1500.000 ms behind ours, known to 1.000 ms");
  }
}
