package io.railfs.client;

import java.util.ArrayList;
import java.util.List;

/**
 * The workers whose identity is known, which is since they answered once; they stay while they are
 * away, so that their blocks return to them. Thread-safe; reading takes no lock.
 */
final class Membership {
  /**
   * One state of the membership.
   *
   * @param workers as the placement's indices count them
   * @param placement over the workers
   */
  record Members(List<Worker> workers, Placement placement) {
    Members {
      workers = List.copyOf(workers);
    }
  }

  private volatile Members members = new Members(List.of(), new Placement(List.of()));
  private volatile int blockSize;

  Members members() {
    return members;
  }

  /** Bytes, 0 before the first worker. */
  int blockSize() {
    return blockSize;
  }

  /**
   * Takes a worker in, or takes note of its new identity.
   *
   * @return why not, or null
   */
  synchronized String join(Worker worker, int workersBlockSize) {
    if (blockSize != 0 && blockSize != workersBlockSize) {
      return "has blocks of "
          + workersBlockSize
          + " bytes where the other workers have "
          + blockSize
          + "; all workers need the same railfs.worker block size";
    }
    blockSize = workersBlockSize;
    List<Worker> workers = new ArrayList<>(members.workers());
    if (!workers.contains(worker)) {
      workers.add(worker);
    }
    // The order of joining differs from client to client; placement looks at identities alone.
    members = new Members(workers, new Placement(workers.stream().map(Worker::id).toList()));
    return null;
  }
}
