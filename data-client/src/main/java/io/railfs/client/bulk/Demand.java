package io.railfs.client.bulk;

import static java.util.Objects.requireNonNull;

import io.railfs.client.StoreClient;
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
   * What of a store a load may fill: it evicts from railfs.worker.store.high-mark on, 95 percent by
   * default, and checksums and names take some more.
   */
  private static final double FILLABLE = 0.94;

  private final StoreClient stores;
  private final int replicas;
  private final Map<Integer, Long> bytes = new TreeMap<>();

  Demand(StoreClient stores, int replicas) {
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

  /** Not looked at here: the walk that loads comes by once more and tells. */
  @Override
  public void failed(String path, String problem) {}

  /**
   * Why it cannot be done, one sentence; empty where it fits, or nobody tells how much there is.
   */
  Optional<String> excess() {
    return bytes.entrySet().stream()
        .filter(entry -> stores.capacity(entry.getKey()) > 0)
        .filter(entry -> entry.getValue() > stores.capacity(entry.getKey()) * FILLABLE)
        .findFirst()
        .map(entry -> sentence(entry.getKey(), entry.getValue()));
  }

  private String sentence(int worker, long needed) {
    return "nothing was loaded, for it is more than the stores hold: worker "
        + stores.workers().get(worker)
        + " would get "
        + needed
        + " bytes and its store keeps at most "
        + (long) (stores.capacity(worker) * FILLABLE)
        + "; load less, or give the workers more room (railfs.worker.store.capacity)";
  }
}
