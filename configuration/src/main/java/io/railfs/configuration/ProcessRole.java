// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.configuration;

import java.util.List;

/** Whose conf it is: it decides the file's name and the keys that have a meaning there. */
public enum ProcessRole {
  MOUNT("mount", "railfs.conf"),
  WORKER("worker", "railfs-worker.conf"),
  CSI("CSI driver", "railfs-csi.conf");

  /** What the driver, which has no log file of its own, has of the settings of logs. */
  private static final List<String> LOG_TO_TERMINAL =
      List.of("railfs.log.level", "railfs.log.format", "railfs.log.configuration");

  private final String label;
  private final String fileName;

  ProcessRole(String label, String fileName) {
    this.label = label;
    this.fileName = fileName;
  }

  /** The word for messages. */
  public String label() {
    return label;
  }

  /** Name of the conf file in the conf directory. */
  public String fileName() {
    return fileName;
  }

  /** Whether the key means something here; the others are known, but unused. */
  boolean uses(ReferenceKey key) {
    String module = key.module();
    return switch (this) {
      case CSI -> module.equals("csi") || LOG_TO_TERMINAL.contains(key.path());
      case MOUNT ->
          !module.equals("worker-stub")
              && !module.equals("csi")
              && !key.path().startsWith("railfs.worker.");
      case WORKER ->
          !module.equals("data-client")
              && !module.equals("csi")
              && !module.equals("fuse-mount")
              && !key.path().startsWith("railfs.mount.");
    };
  }
}
