// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision;

import io.railfs.configuration.ProcessRole;
import java.nio.file.Path;
import java.util.Locale;

/**
 * The file name, without its ending, under which a mount or worker keeps its run file and log.
 *
 * @param text "mount-imagenet-1f2e3d4c" or "worker-29999"
 */
public record RunId(String text) {
  private static final int NAME_LENGTH = 40;

  /** A mount's: readable, and different for different mountpoints of the same last name. */
  public static RunId ofMount(Path mountpoint) {
    Path last = mountpoint.getFileName();
    String name = last == null ? "root" : last.toString().replaceAll("[^A-Za-z0-9._-]", "_");
    String readable = name.length() <= NAME_LENGTH ? name : name.substring(0, NAME_LENGTH);
    return new RunId(
        String.format(Locale.ROOT, "mount-%s-%08x", readable, mountpoint.toString().hashCode()));
  }

  /** Of the process that watches over a mount's. */
  public RunId ofSupervisor() {
    return new RunId("supervisor-" + text);
  }

  /** A worker's: a host has one worker a port. */
  public static RunId ofWorker(int rpcPort) {
    return new RunId(ProcessRole.WORKER.label() + "-" + rpcPort);
  }
}
