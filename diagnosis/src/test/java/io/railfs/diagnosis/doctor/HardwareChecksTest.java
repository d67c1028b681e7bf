// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import static io.railfs.diagnosis.doctor.CapturedMachine.PCI;
import static io.railfs.diagnosis.doctor.CapturedMachine.PORT;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** How an adapter sits in the machine, and what the processors may do. */
final class HardwareChecksTest extends CapturedMachineTestBase {
  private static final String CPU = "sys/devices/system/cpu/cpu0/cpufreq/";
  private static final String CGROUP = "sys/fs/cgroup/system.slice/";

  @Test
  void narrowLinkOfTheBusIsAWarningThatComparesItWithThePorts() throws IOException {
    assertThat(machine.find(CheckId.PCIE_LINK).seen()).isEqualTo("16.0 GT/s x16");
    Finding finding =
        machine
            .with(PCI + "current_link_speed", "8.0 GT/s PCIe")
            .with(PCI + "current_link_width", "8")
            .find(CheckId.PCIE_LINK);
    assertThat(finding.level()).isEqualTo(Level.WARNING);
    assertThat(finding.seen())
        .isEqualTo("8.0 GT/s x8, the adapter can 16.0 GT/s x16: 57 Gb/s for ports of 200 Gb/s");
    assertThat(finding.advice()).startsWith("run 'lspci -vv -s 0000:3b:00.0'");
  }

  @Test
  void slotThatIsTheReasonIsNamed() throws IOException {
    Finding finding =
        machine
            .with(PCI + "current_link_width", "8")
            .with("sys/devices/pci0000:3a/max_link_width", "8")
            .find(CheckId.PCIE_LINK);
    assertThat(finding.seen())
        .contains("the adapter can 16.0 GT/s x16, the slot 16.0 GT/s x8: 113 Gb/s");
    assertThat(finding.advice()).startsWith("put the adapter into a slot of 16.0 GT/s x16");
  }

  @Test
  void slowerLinkThatIsEnoughForThePortIsWell() throws IOException {
    Finding finding =
        machine
            .with(PCI + "current_link_width", "8")
            .with(PORT + "rate", "100 Gb/sec (4X EDR)")
            .find(CheckId.PCIE_LINK);
    assertThat(finding.level()).isEqualTo(Level.OK);
    assertThat(finding.seen()).endsWith(", enough for its ports");
  }

  @Test
  void virtualFunctionWithoutALinkHasNoFinding() throws IOException {
    machine.with(PCI + "current_link_speed", "Unknown");
    assertThat(machine.findings()).noneMatch(finding -> finding.id() == CheckId.PCIE_LINK);
  }

  @Test
  void errorsOfTheBusAreAWarningAndAProblemWhereTheyWereNotCorrected() throws IOException {
    machine.with(PCI + "aer_dev_correctable", "RxErr 12\nTOTAL_ERR_COR 12");
    Finding corrected = machine.find(CheckId.PCIE_ERRORS);
    assertThat(corrected.level()).isEqualTo(Level.WARNING);
    assertThat(corrected.seen()).startsWith("12 corrected, 0 not");
    machine.with(PCI + "aer_dev_fatal", "TOTAL_ERR_FATAL 1");
    assertThat(machine.find(CheckId.PCIE_ERRORS).level()).isEqualTo(Level.PROBLEM);
  }

  @Test
  void processThatMayNotRunBesideTheAdapterIsAWarning() throws IOException {
    assertThat(machine.find(CheckId.NUMA_NODE).seen())
        .isEqualTo("node 0 (processors 0-15); this process may run there");
    machine.with("proc/self/status", "Cpus_allowed_list:\t16-19\nMems_allowed_list:\t0-1");
    Finding finding = machine.find(CheckId.NUMA_NODE);
    assertThat(finding.level()).isEqualTo(Level.WARNING);
    assertThat(finding.seen())
        .isEqualTo("node 0 (processors 0-15), but this process may run on 16-19 only");
    assertThat(finding.advice()).contains("numactl --cpunodebind=0 --preferred=0");
    machine.with("proc/self/status", "Cpus_allowed_list:\t0-31\nMems_allowed_list:\t1");
    assertThat(machine.find(CheckId.NUMA_NODE).seen()).endsWith("has memory of nodes 1 only");
  }

  @Test
  void interruptsOfOneProcessorOrOfTheOtherNodeAreAWarning() throws IOException {
    assertThat(machine.find(CheckId.IRQ_AFFINITY).seen())
        .isEqualTo("3 interrupts on processors 0-2");
    machine
        .with("proc/irq/64/effective_affinity_list", "20")
        .with("proc/irq/65/effective_affinity_list", "21")
        .with("proc/irq/66/effective_affinity_list", "22");
    Finding far = machine.find(CheckId.IRQ_AFFINITY);
    assertThat(far.level()).isEqualTo(Level.WARNING);
    assertThat(far.seen()).endsWith("20-22, none of the adapter's node (0-15)");
    for (int interrupt = 64; interrupt <= 66; interrupt++) {
      machine.with("proc/irq/" + interrupt + "/effective_affinity_list", "3");
    }
    Finding crowded = machine.find(CheckId.IRQ_AFFINITY);
    assertThat(crowded.level()).isEqualTo(Level.WARNING);
    assertThat(crowded.seen()).endsWith("3: one processor takes all");
    assertThat(crowded.advice()).startsWith("run 'systemctl enable --now irqbalance'");
  }

  @Test
  void governorThatKeepsClocksLowIsAWarning() throws IOException {
    machine.with(CPU + "scaling_governor", "powersave");
    Finding finding = machine.find(CheckId.CPU_GOVERNOR);
    assertThat(finding.level()).isEqualTo(Level.WARNING);
    assertThat(finding.seen()).isEqualTo("performance on 1, powersave on 1: clocks are kept low");
    assertThat(finding.advice()).startsWith("run 'cpupower frequency-set -g performance'");
    // A processor that chooses its clock itself, and is to prefer speed.
    machine
        .with(CPU + "energy_performance_preference", "balance_performance")
        .with(
            "sys/devices/system/cpu/cpu1/cpufreq/energy_performance_preference",
            "balance_performance");
    assertThat(machine.find(CheckId.CPU_GOVERNOR).level()).isEqualTo(Level.OK);
  }

  @Test
  void smallQuotaOfTheCgroupIsAWarning() throws IOException {
    assertThat(machine.findings()).noneMatch(finding -> finding.id() == CheckId.CPU_QUOTA);
    machine.with(CGROUP + "cpu.max", "150000 100000");
    Finding little = machine.find(CheckId.CPU_QUOTA);
    assertThat(little.level()).isEqualTo(Level.WARNING);
    assertThat(little.seen())
        .isEqualTo("the cgroup may use 1.5 processors, and was stopped in 0 % of its periods");
    machine.with(CGROUP + "cpu.max", "800000 100000");
    assertThat(machine.find(CheckId.CPU_QUOTA).level()).isEqualTo(Level.OK);
    machine.with(CGROUP + "cpu.stat", "usage_usec 1\nnr_periods 100\nnr_throttled 40");
    assertThat(machine.find(CheckId.CPU_QUOTA).level()).isEqualTo(Level.WARNING);
  }

  @Test
  void quotaOfTheOlderCgroupsIsReadToo() throws IOException {
    machine
        .with("proc/self/cgroup", "4:cpu,cpuacct:/docker/1\n0::/")
        .with("sys/fs/cgroup/cpu/docker/1/cpu.cfs_quota_us", "400000")
        .with("sys/fs/cgroup/cpu/docker/1/cpu.cfs_period_us", "100000");
    assertThat(machine.find(CheckId.CPU_QUOTA).seen()).startsWith("the cgroup may use 4.0");
  }
}
