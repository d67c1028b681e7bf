// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store.disk;

import io.railfs.base.FileFailure;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How much each directory may hold. */
public final class Capacity {
  private static final Logger log = LoggerFactory.getLogger(Capacity.class);

  private Capacity() {}

  /**
   * Gives each directory its share, before any block is found. A percentage counts the space that
   * is free on the directory's disk now, and what its blocks turn out to hold; directories on one
   * disk share it.
   */
  public static void assign(StoreSettings settings, List<StoreDirectory> directories)
      throws StoreException {
    Map<StoreDirectory, FileStore> disks = new HashMap<>();
    for (StoreDirectory directory : directories) {
      try {
        disks.put(directory, Files.getFileStore(directory.path()));
      } catch (IOException e) {
        throw unknown(directory, e);
      }
    }
    StoreSpace.shortages(settings).forEach(log::warn);
    for (StoreDirectory directory : directories) {
      FileStore disk = disks.get(directory);
      long sharing = disks.values().stream().filter(disk::equals).count();
      try {
        if (settings.capacityBytes() > 0) {
          // The blocks cannot take more than everything on the disk does.
          long taken = disk.getTotalSpace() - disk.getUnallocatedSpace();
          directory.setCapacity(settings.capacityBytes() / directories.size(), taken);
        } else {
          directory.setCapacityShare(disk.getUsableSpace() / sharing, settings.capacityPercent());
        }
      } catch (IOException e) {
        throw unknown(directory, e);
      }
    }
  }

  private static StoreException unknown(StoreDirectory directory, IOException e) {
    return new StoreException(
        "the space of store directory "
            + directory.path()
            + " cannot be found out ("
            + FileFailure.describe(e)
            + "); mount its disk or change railfs.worker.store.directories",
        e);
  }
}
