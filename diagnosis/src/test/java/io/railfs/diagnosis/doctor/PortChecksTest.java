// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import static io.railfs.diagnosis.doctor.CapturedMachine.IB0;
import static io.railfs.diagnosis.doctor.CapturedMachine.PORT;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Ports of adapters: rate, partition, errors, firmware, subnet managers, drivers. */
final class PortChecksTest extends CapturedMachineTestBase {
  private static final String IBPORTSTATE = "usr/sbin/ibportstate";
  private static final String SECOND = "sys/class/infiniband/mlx5_1/";

  @Test
  void wholeMachineIsWell() {
    assertThat(machine.findings()).allMatch(finding -> finding.level() == Level.OK);
    assertThat(machine.findings())
        .extracting(Finding::id)
        .contains(
            CheckId.DRIVER_ORIGIN,
            CheckId.BOOT_MODULES,
            CheckId.STANDBY_SUBNET_MANAGER,
            CheckId.PORT_RATE,
            CheckId.PKEY,
            CheckId.PORT_ERRORS,
            CheckId.FIRMWARE,
            CheckId.PCIE_LINK,
            CheckId.PCIE_ERRORS,
            CheckId.NUMA_NODE,
            CheckId.IRQ_AFFINITY,
            CheckId.BOOT_ADDRESS,
            CheckId.QUEUES,
            CheckId.RINGS,
            CheckId.OFFLOADS,
            CheckId.CPU_GOVERNOR,
            CheckId.TCP_BUFFERS,
            CheckId.CONNECTION_TRACKING,
            CheckId.FIREWALL);
  }

  @Test
  void rateIsShownBesideWhatBothEndsCan() {
    assertThat(machine.find(CheckId.PORT_RATE).seen())
        .isEqualTo(
            "200 Gb/sec (4X HDR); up to 4X of 53.125 Gb/s, its peer up to 4X of 53.125 Gb/s");
  }

  @Test
  void rateIsComparedWithThisEndAloneWhereThePeerDoesNotAnswer() throws IOException {
    machine.without("usr/sbin/smpquery").with(PORT + "rate", "100 Gb/sec (4X EDR)");
    assertThat(machine.find(CheckId.PORT_RATE).seen())
        .isEqualTo(
            "100 Gb/sec (4X EDR); up to 4X of 53.125 Gb/s, its peer does not say, slower than this"
                + " end can");
  }

  @Test
  void singleLaneIsAWarning() throws IOException {
    Finding finding = machine.with(PORT + "rate", "50 Gb/sec (1X HDR)").find(CheckId.PORT_RATE);
    assertThat(finding.level()).isEqualTo(Level.WARNING);
    assertThat(finding.seen()).endsWith(", fewer lanes than both ends have");
    assertThat(finding.advice()).contains("'ibportstate -C mlx5_0 -D 0 1 reset'");
    Finding alone = machine.without(IBPORTSTATE).find(CheckId.PORT_RATE);
    assertThat(alone.level()).isEqualTo(Level.WARNING);
    assertThat(alone.seen()).isEqualTo("50 Gb/sec (1X HDR), a single lane of the cable");
  }

  @Test
  void lowerSpeedThanBothEndsCanIsAWarning() throws IOException {
    machine.with(PORT + "rate", "100 Gb/sec (4X EDR)");
    assertThat(machine.find(CheckId.PORT_RATE).seen()).endsWith(", slower than both ends can");
    machine.replacing(
        IBPORTSTATE,
        "LinkSpeedExtEnabled:.............14.0625 Gbps or 25.78125 Gbps or 53.125 Gbps\nLinkSpeedExtActive",
        "LinkSpeedExtEnabled:.............14.0625 Gbps or 25.78125 Gbps\nLinkSpeedExtActive");
    assertThat(machine.find(CheckId.PORT_RATE).seen())
        .endsWith(", for no more than 25.78125 Gb/s is enabled here");
  }

  @Test
  void rateThatThePeerHasNoMoreOfIsWell() throws IOException {
    machine.with(PORT + "rate", "100 Gb/sec (4X EDR)");
    machine.replacing(
        IBPORTSTATE,
        "Gbps or 53.125 Gbps\nLinkSpeedExtEnabled:.............14.0625 Gbps or 25.78125 Gbps or 53.125 Gbps\nPeer",
        "Gbps\nLinkSpeedExtEnabled:.............14.0625 Gbps or 25.78125 Gbps\nPeer");
    assertThat(machine.find(CheckId.PORT_RATE).level()).isEqualTo(Level.OK);
  }

  private void addSecondAdapter(String rate) throws IOException {
    machine
        .with(SECOND + "ports/1/state", "4: ACTIVE")
        .with(SECOND + "ports/1/phys_state", "5: LinkUp")
        .with(SECOND + "ports/1/link_layer", "InfiniBand")
        .with(SECOND + "ports/1/sm_lid", "0x1")
        .with(SECOND + "ports/1/rate", rate)
        .with(SECOND + "board_id", "MT_0000000223")
        .with(SECOND + "hca_type", "MT4123");
  }

  @Test
  void portThatIsSlowerThanAnotherOfItsModelIsAWarning() throws IOException {
    machine.without(IBPORTSTATE).with(PORT + "rate", "100 Gb/sec (4X EDR)");
    assertThat(machine.find(CheckId.PORT_RATE).level()).isEqualTo(Level.OK);
    addSecondAdapter("200 Gb/sec (4X HDR)");
    Finding finding = machine.find(CheckId.PORT_RATE);
    assertThat(finding.level()).isEqualTo(Level.WARNING);
    assertThat(finding.seen())
        .isEqualTo(
            "100 Gb/sec (4X EDR), while mlx5_1 port 1, of the same model, runs at 200 Gb/sec (4X HDR)");
  }

  @Test
  void partitionThatThePortHasNotIsAProblem() throws IOException {
    Finding finding = machine.with(IB0 + "pkey", "0x8001").find(CheckId.PKEY);
    assertThat(finding.level()).isEqualTo(Level.PROBLEM);
    assertThat(finding.seen()).isEqualTo("0x8001 is not in the table of mlx5_0 port 1 (0xffff)");
    assertThat(finding.advice()).contains("partitions.conf");
  }

  @Test
  void limitedMemberIsAWarning() throws IOException {
    machine.with(PORT + "pkeys/1", "0x0001").with(IB0 + "pkey", "0x8001");
    Finding finding = machine.find(CheckId.PKEY);
    assertThat(finding.level()).isEqualTo(Level.WARNING);
    assertThat(finding.seen()).startsWith("0x8001, of which mlx5_0 port 1 is a limited member");
    machine.with(PORT + "pkeys/2", "0x8001");
    assertThat(machine.find(CheckId.PKEY).level()).isEqualTo(Level.OK);
  }

  @Test
  void manyErrorsAreAWarningAndAFewAreNot() throws IOException {
    assertThat(machine.find(CheckId.PORT_ERRORS).seen())
        .isEqualTo("link_downed 1 since they were cleared");
    Finding finding =
        machine
            .with(PORT + "counters/symbol_error", "4711")
            .with(PORT + "counters/port_xmit_wait", "5")
            .find(CheckId.PORT_ERRORS);
    assertThat(finding.level()).isEqualTo(Level.WARNING);
    assertThat(finding.seen())
        .isEqualTo(
            "symbol_error 4711, link_downed 1 since they were cleared; port_xmit_wait 5"
                + " (congestion)");
    assertThat(finding.advice()).contains("perfquery -C mlx5_0 -P 1 -R");
  }

  @Test
  void olderFirmwareThanThatOfTheSameBoardIsAWarning() throws IOException {
    assertThat(machine.find(CheckId.FIRMWARE).seen())
        .isEqualTo("20.35.1012, MT4123, MT_0000000223");
    addSecondAdapter("200 Gb/sec (4X HDR)");
    machine.with(SECOND + "fw_ver", "20.36.1010");
    Finding finding = machine.find(CheckId.FIRMWARE);
    assertThat(finding.level()).isEqualTo(Level.WARNING);
    assertThat(finding.seen()).endsWith("; mlx5_1, of the same board, has 20.36.1010");
    assertThat(FirmwareCheck.newer("20.4.1", "20.35.1")).isFalse();
  }

  @Test
  void fabricWithoutAStandbyIsAWarning() throws IOException {
    assertThat(machine.find(CheckId.STANDBY_SUBNET_MANAGER).seen())
        .isEqualTo("2 managers, the one at LID 1 is in charge");
    machine.replacing(
        "usr/sbin/saquery",
        "PortInfoRecord dump:\n\t\tEndPortLid..............7\n\t\tPortNum.................1\n",
        "");
    Finding finding = machine.find(CheckId.STANDBY_SUBNET_MANAGER);
    assertThat(finding.level()).isEqualTo(Level.WARNING);
    assertThat(finding.advice()).contains("systemctl enable --now opensm");
  }

  @Test
  void driversOfTwoOriginsAreAProblem() throws IOException {
    machine.with(
        "proc/modules",
        "mlx5_ib 487424 0 - Live 0x0 (OE)\nib_ipoib 176128 0 - Live 0x0\nib_core 528384 2 - Live 0x0"
            + " (OE)\nmlx5_core 2084864 1 mlx5_ib, Live 0x0 (OE)");
    machine.with("sys/module/mlx5_core/version", "24.10-1.1.4");
    Finding mixed = machine.find(CheckId.DRIVER_ORIGIN);
    assertThat(mixed.level()).isEqualTo(Level.PROBLEM);
    assertThat(mixed.seen())
        .isEqualTo(
            "ib_core, mlx5_core, mlx5_ib from DOCA-OFED, mlx5_core 24.10-1.1.4 beside the kernel's"
                + " own ib_ipoib");
    machine.replacing(
        "proc/modules", "ib_ipoib 176128 0 - Live 0x0", "ib_ipoib 1 0 - Live 0x0 (OE)");
    assertThat(machine.find(CheckId.DRIVER_ORIGIN).seen())
        .isEqualTo("DOCA-OFED, mlx5_core 24.10-1.1.4");
  }

  @Test
  void interfaceWithoutACarrierOverAnActivePortHasNotJoinedItsGroup() throws IOException {
    Finding finding = machine.with(IB0 + "operstate", "down").find(CheckId.LINK);
    assertThat(finding.level()).isEqualTo(Level.PROBLEM);
    assertThat(finding.advice()).contains("could not join its broadcast group");
  }
}
