// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.bulk;

import static java.util.Objects.requireNonNull;

import io.railfs.client.WorkerStores;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a load asks of each worker's store, summed up before its first byte. Of the blocks alone:
 * what a store keeps beside them, and the share that it leaves free, make it hold a little less.
 * Used by one thread.
 */
final class Demand implements TreeWalk.Visitor {
  /**
   * From here on a store may evict some of what is loaded: it does from
   * railfs.worker.store.high-mark on, 95 percent by default, and checksums and names take some
   * more.
   */
  private static final double TIGHT = 0.94;

  private final WorkerStores stores;
  private final int replicas;
  private final Map<Integer, Long> bytes = new TreeMap<>();

  Demand(WorkerStores stores, int replicas) {
    this.stores = requireNonNull(stores, "stores is null");
    this.replicas = replicas;
  }

  @Override
  public void file(RailPath path, FileVersion version) {
    BulkFile file = new BulkFile(path, version, stores.blockSize());
    for (int block = 0; block < file.blocks(); block++) {
      for (int worker : stores.owners(path, version, block, replicas)) {
        bytes.merge(worker, (long) file.length(block), Long::sum);
      }
    }
  }

  /** Not looked at here: the walk that loads comes by once more and reports it. */
  @Override
  public void failed(String path, String problem) {}

  /**
   * Why it cannot be done, one sentence; empty where it fits, or no worker reports how much there
   * is.
   */
  Optional<String> excess() {
    return above(1)
        .map(
            worker ->
                "nothing was loaded, because it is more than the stores hold: "
                    + sentence(worker)
                    + "; load less, or give the workers more room (railfs.worker.store.capacity)");
  }

  /** What to know where it fits with hardly any room left, one sentence; else empty. */
  Optional<String> tightness() {
    return above(TIGHT)
        .map(
            worker ->
                "it nearly fills the stores, which may evict some of it again: "
                    + sentence(worker)
                    + " (railfs.worker.store.capacity and high-mark)");
  }

  private Optional<Integer> above(double share) {
    return bytes.entrySet().stream()
        .filter(entry -> stores.capacity(entry.getKey()) > 0)
        .filter(entry -> entry.getValue() > stores.capacity(entry.getKey()) * share)
        .map(Map.Entry::getKey)
        .findFirst();
  }

  private String sentence(int worker) {
    return "worker "
        + stores.workers().get(worker)
        + " would get "
        + bytes.get(worker)
        + " bytes and its store holds "
        + stores.capacity(worker);
  }
}
