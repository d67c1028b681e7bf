package io.railfs.worker.store;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How much each directory may hold. */
final class Capacity {
  private Capacity() {}

  /**
   * Gives each directory its share and returns the sum, in bytes. A percentage counts the space
   * that is free on the directory's disk now, and what its blocks hold; directories on one disk
   * share it.
   */
  static long assign(StoreSettings settings, List<StoreDirectory> directories)
      throws StoreException {
    if (settings.capacityBytes() > 0) {
      long share = settings.capacityBytes() / directories.size();
      directories.forEach(directory -> directory.setCapacityBytes(share));
      return settings.capacityBytes();
    }
    Map<StoreDirectory, FileStore> disks = new HashMap<>();
    for (StoreDirectory directory : directories) {
      disks.put(directory, disk(directory));
    }
    long sum = 0;
    for (StoreDirectory directory : directories) {
      FileStore disk = disks.get(directory);
      long sharing = disks.values().stream().filter(disk::equals).count();
      long free = free(directory, disk) / sharing;
      long share = (free + directory.usedBytes()) / 100 * settings.capacityPercent();
      directory.setCapacityBytes(share);
      sum += share;
    }
    return Math.max(1, sum);
  }

  private static FileStore disk(StoreDirectory directory) throws StoreException {
    try {
      return Files.getFileStore(directory.path());
    } catch (IOException e) {
      throw unknown(directory, e);
    }
  }

  private static long free(StoreDirectory directory, FileStore disk) throws StoreException {
    try {
      return disk.getUsableSpace();
    } catch (IOException e) {
      throw unknown(directory, e);
    }
  }

  private static StoreException unknown(StoreDirectory directory, IOException e) {
    return new StoreException(
        "the space of store directory "
            + directory.path()
            + " cannot be told ("
            + e
            + "); set railfs.worker.store.capacity in bytes",
        e);
  }
}
