// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Memory of a virtual machine that the host takes back as it becomes free: a page that was taken
 * back costs some 20 us when it is used again, which is the host's time and no contender's, and
 * bare metal does not have it. While this is open the guest keeps what it has freed, and has
 * touched so much of it that no contender has to.
 */
public final class GuestMemory implements AutoCloseable {
  private static final Path ORDER =
      Path.of("/sys/module/page_reporting/parameters/page_reporting_order");

  /** The highest that kernels take: blocks of so many free pages are rare, or there are none. */
  private static final String NEVER = "11";

  private static final long MAX_TOUCHED = 8L << 30;

  /** Null where the host takes nothing back. */
  private final String before;

  private GuestMemory(String before) {
    this.before = before;
  }

  /** Keeps memory from now on. */
  public static GuestMemory keep(NativeTools tools) throws BenchException, InterruptedException {
    if (!Files.isWritable(ORDER)) {
      return new GuestMemory(null);
    }
    GuestMemory memory = new GuestMemory(read());
    write(NEVER);
    boolean done = false;
    try {
      long bytes = Math.min(MAX_TOUCHED, Machine.availableBytes() / 2);
      tools.run("reader", List.of("touch", Long.toString(bytes)));
      done = true;
      return memory;
    } finally {
      if (!done) {
        memory.close();
      }
    }
  }

  /** What was done, for the page. */
  public String describe() {
    return before == null ? "as it is" : "kept and touched before";
  }

  private static String read() throws BenchException {
    try {
      return Files.readString(ORDER).strip();
    } catch (IOException e) {
      throw new BenchException(ORDER + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static void write(String order) throws BenchException {
    try {
      Files.writeString(ORDER, order);
    } catch (IOException e) {
      throw new BenchException(ORDER + " cannot be written: " + e.getMessage(), e);
    }
  }

  /** Leaves the machine as it was. */
  @Override
  public void close() throws BenchException {
    if (before != null) {
      write(before);
    }
  }
}
