// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.configuration;

/** Whose conf it is: it decides the file's name and the keys that have a meaning there. */
public enum ProcessRole {
  MOUNT("mount", "railfs.conf"),
  WORKER("worker", "railfs-worker.conf");

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
      case MOUNT -> !module.equals("worker-stub") && !key.path().startsWith("railfs.worker.");
      case WORKER ->
          !module.equals("data-client")
              && !module.equals("fuse-mount")
              && !key.path().startsWith("railfs.mount.");
    };
  }
}
