// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount;

import io.railfs.base.MountEntry;
import io.railfs.base.MountInfo;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The number, "major:minor", by which sysfs knows a mount. */
final class MountDevice {
  private static final Logger log = LoggerFactory.getLogger(MountDevice.class);

  private MountDevice() {}

  /** Of the mount that is seen at this path; empty where the kernel does not say. */
  static Optional<String> of(Path mountpoint) {
    Optional<String> device = MountInfo.read().at(mountpoint).map(MountEntry::device);
    if (device.isEmpty()) {
      log.warn(
          "{} is not in the table of mounts; its readahead stays as the kernel chose it",
          mountpoint);
    }
    return device;
  }
}
