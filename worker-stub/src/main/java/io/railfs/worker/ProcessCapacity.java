// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker;

import com.sun.management.UnixOperatingSystemMXBean;
import io.railfs.worker.service.ServiceLimits;
import io.railfs.worker.store.disk.StoreSettings;
import java.lang.management.ManagementFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many connections and open block files this process can hold, whatever the settings allow:
 * each takes a descriptor, a connection some heap, and those who are let in must never take what
 * the others are served with.
 */
final class ProcessCapacity {
  private static final Logger log = LoggerFactory.getLogger(ProcessCapacity.class);

  /** Heap that a connection takes: measured 1.8 KiB when idle; with some room. */
  private static final long BYTES_OF_CONNECTION = 3 << 10;

  /**
   * Descriptors for everything but connections and kept block files; a sixth where there are few.
   */
  private static final long OTHER_DESCRIPTORS = 1_024;

  private static final long MIN = 16;

  private ProcessCapacity() {}

  /** The limits of the settings, with as many connections as the process can hold. */
  static ServiceLimits fitting(WorkerSettings settings) {
    long heap = Runtime.getRuntime().maxMemory() / 2 / BYTES_OF_CONNECTION;
    long descriptors =
        descriptors()
            - fitting(settings.store()).openFiles()
            - Math.min(OTHER_DESCRIPTORS, descriptors() / 6);
    int most = (int) Math.max(MIN, Math.min(Integer.MAX_VALUE, Math.min(heap, descriptors)));
    ServiceLimits limits = settings.limits();
    if (most < limits.connections()) {
      log.info(
          "this process can hold {} connections and not railfs.worker.limits.connections = {}; {}",
          most,
          limits.connections(),
          heap < descriptors
              ? "raise railfs.worker.heap or lower it"
              : "raise its limit of open files (ulimit -n) or lower it");
    }
    return limits.atMost(most);
  }

  /** The settings of the store, with no more open files than a third of the descriptors. */
  static StoreSettings fitting(StoreSettings settings) {
    return settings.withOpenFiles((int) Math.min(settings.openFiles(), descriptors() / 3));
  }

  private static long descriptors() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? unix.getMaxFileDescriptorCount()
        : Integer.MAX_VALUE;
  }
}
