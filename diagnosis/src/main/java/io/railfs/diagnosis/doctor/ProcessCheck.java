// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import io.railfs.fabric.facts.ProcessLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What this user's processes may do: pin memory, open files, set the readahead. */
final class ProcessCheck implements Check {
  private static final String GROUP = "limits";
  private static final long MIN_OPEN_FILES = 4_096;
  private static final long ORDINARY_READAHEAD = 128 << 10;

  @Override
  public Set<CheckId> ids() {
    return Set.of(CheckId.MEMLOCK, CheckId.OPEN_FILES, CheckId.READAHEAD);
  }

  @Override
  public List<Finding> look(MachineFacts machine, RequiredSetup wanted) {
    List<Finding> findings = new ArrayList<>();
    machine
        .limits()
        .ifPresent(
            limits -> {
              findings.add(memlock(limits, !machine.ports().isEmpty()));
              findings.add(openFiles(limits, Math.max(MIN_OPEN_FILES, wanted.openFiles())));
            });
    findings.add(readahead(machine, wanted));
    return findings;
  }

  private static Finding memlock(ProcessLimits limits, boolean hasAdapter) {
    if (limits.lockedMemory() == ProcessLimits.UNLIMITED) {
      return Finding.ok(GROUP, "memlock", "unlimited");
    }
    String seen = (limits.lockedMemory() >> 10) + " KiB may be pinned";
    return hasAdapter
        ? Finding.warning(
            GROUP,
            "memlock",
            seen + "; the transport rdma pins memory, and so do MPI and NCCL",
            "set 'memlock unlimited' in /etc/security/limits.d/ and LimitMEMLOCK=infinity in"
                + " systemd units")
        : Finding.ok(GROUP, "memlock", seen + "; RailFS pins none without RDMA");
  }

  private static Finding openFiles(ProcessLimits limits, long needed) {
    String most =
        limits.openFiles() == ProcessLimits.UNLIMITED
            ? "unlimited"
            : String.valueOf(limits.openFiles());
    return Finding.of(
        limits.openFiles() >= needed ? Level.OK : Level.WARNING,
        GROUP,
        "open-files",
        most + " may be open, " + needed + " are of use",
        "raise it: 'nofile' in /etc/security/limits.d/ and LimitNOFILE= in systemd units");
  }

  private static Finding readahead(MachineFacts machine, RequiredSetup wanted) {
    if (machine.isRoot() || wanted.readahead() <= ORDINARY_READAHEAD) {
      return Finding.ok(GROUP, "readahead", "can be set to " + (wanted.readahead() >> 10) + " KiB");
    }
    return Finding.warning(
        GROUP,
        "readahead",
        "only root can raise it above 128 KiB; the conf asks for "
            + (wanted.readahead() >> 10)
            + " KiB",
        "mount as root for the best sequential rate, or set railfs.mount.readahead = 128KiB");
  }
}
