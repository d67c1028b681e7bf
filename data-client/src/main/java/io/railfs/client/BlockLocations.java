package io.railfs.client;

import static java.util.Objects.requireNonNull;

import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import java.util.ArrayList;
import java.util.List;

/**
 * Blocks of a file that follow each other and have the same workers.
 *
 * @param first index of the first block
 * @param last index of the last block
 * @param workers that keep them, the owner first; those that stand in for workers that are not
 *     asked now are among them, those are not
 */
public record BlockLocations(long first, long last, List<WorkerFacts> workers) {
  public BlockLocations {
    workers = List.copyOf(workers);
  }

  /** Where the blocks of a file version are, in order. */
  static List<BlockLocations> of(
      PlacementTable.Members members,
      int blockSize,
      int replicas,
      RailPath path,
      FileVersion version) {
    requireNonNull(version, "version is null");
    List<BlockLocations> places = new ArrayList<>();
    List<RemoteWorker> before = List.of();
    long first = 0;
    long count = (version.size() + blockSize - 1) / blockSize;
    for (long block = 0; block <= count; block++) {
      List<RemoteWorker> workers =
          block == count
              ? List.of()
              : WorkerSelector.replicas(members, Placement.key(path, version, block), replicas);
      if (!workers.equals(before)) {
        if (block > first) {
          places.add(of(first, block - 1, before));
        }
        before = workers;
        first = block;
      }
    }
    return places;
  }

  private static BlockLocations of(long first, long last, List<RemoteWorker> workers) {
    return new BlockLocations(first, last, workers.stream().map(RemoteWorker::facts).toList());
  }
}
