// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import io.railfs.fabric.DeviceAddress;
import io.railfs.fabric.Devices;
import io.railfs.fabric.facts.KernelFile;
import io.railfs.fabric.facts.NetDevice;
import java.net.Inet4Address;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether another machine has an address of this one's rails. arping asks for those of IPv4, while
 * everything else is looked at; the kernel itself has asked for those of IPv6.
 */
final class DuplicateCheck implements AutoCloseable {
  private static final Duration TIME = Duration.ofSeconds(5);
  private static final Pattern REPLY = Pattern.compile("reply from (\\S+) \\[([^\\]]+)\\]");

  /** IFA_F_DADFAILED of the kernel's if_addr.h. */
  private static final int FAILED = 0x08;

  private static final int HEXADECIMAL = 16;
  private static final int COLUMNS = 6;

  private final MachineFacts machine;
  private final List<Asked> asked = new ArrayList<>();

  private record Asked(String device, String address, SystemProgram program) {}

  private DuplicateCheck(MachineFacts machine) {
    this.machine = machine;
  }

  /** Has the addresses of these devices asked for; does not wait. */
  static DuplicateCheck start(MachineFacts machine, Set<String> devices) {
    DuplicateCheck check = new DuplicateCheck(machine);
    for (String name : devices) {
      Optional<NetDevice> device = machine.device(name).filter(NetDevice::isRunning);
      if (machine.isRoot() && device.isPresent() && !device.get().isLoopback()) {
        Devices.addresses(name).stream()
            .filter(own -> own.address() instanceof Inet4Address)
            .map(DeviceAddress::text)
            .forEach(address -> check.ask(name, address));
      }
    }
    return check;
  }

  private void ask(String device, String address) {
    SystemProgram.start(
            machine.root(), TIME, "arping", "-D", "-c", "2", "-w", "1", "-I", device, address)
        .ifPresent(program -> asked.add(new Asked(device, address, program)));
  }

  /** Waits for what arping heard. */
  List<Finding> finish() {
    List<Finding> findings = new ArrayList<>(ofIpv6());
    for (Asked one : asked) {
      Optional<String> output = one.program.finishAnyhow();
      output.flatMap(text -> finding(one.device, one.address, text)).ifPresent(findings::add);
    }
    return findings;
  }

  static Optional<Finding> finding(String device, String address, String output) {
    Matcher reply = REPLY.matcher(output);
    if (reply.find()) {
      return Optional.of(duplicate(device, address, "; it answers from " + reply.group(2)));
    }
    return output.contains("Sent ")
        ? Optional.of(
            Finding.ok(
                "device " + device, CheckId.DUPLICATE_ADDRESS.text(), "nobody else has " + address))
        : Optional.empty();
  }

  private static Finding duplicate(String device, String address, String where) {
    return Finding.problem(
        "device " + device,
        CheckId.DUPLICATE_ADDRESS.text(),
        "another machine has " + address + " too" + where,
        "take it off one of them: 'ip addr del %s dev %s', and give it another address"
            .formatted(address, device));
  }

  /** Those that the kernel refuses to use. */
  private List<Finding> ofIpv6() {
    List<Finding> findings = new ArrayList<>();
    for (String line :
        KernelFile.text(machine.root().resolve("proc/net/if_inet6")).orElse("").lines().toList()) {
      String[] columns = line.strip().split(" +", -1);
      if (columns.length == COLUMNS && (Integer.parseInt(columns[4], HEXADECIMAL) & FAILED) != 0) {
        String address = columns[0].replaceAll("(.{4})(?=.)", "$1:");
        findings.add(duplicate(columns[5], address, ""));
      }
    }
    return findings;
  }

  @Override
  public void close() {
    asked.forEach(one -> one.program.close());
  }
}
