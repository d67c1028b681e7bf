// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** This host, whichever container a process of it runs in. */
public final class Host {
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
  private static final String ID = read();

  private Host() {}

  /**
   * What the kernel that runs now, and no other one, has been given at its start; empty where it
   * cannot be read, and then no two processes are taken to share it.
   */
  public static String id() {
    return ID;
  }

  private static String read() {
    try {
      return Files.readString(BOOT_ID).strip();
    } catch (IOException e) {
      return "";
    }
  }
}
