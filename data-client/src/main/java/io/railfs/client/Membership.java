package io.railfs.client;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The workers whose identity is known, which is since they answered once, and what falls to each by
 * its capacity; they stay while they are away, so that their blocks return to them. Thread-safe;
 * reading takes no lock.
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

  private static final int MIB_SHIFT = 20;

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
   * Takes a worker in, or takes note of its new identity or capacity.
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
    place(workers);
    return null;
  }

  /** Lets a worker go: its blocks move to the others. */
  synchronized void leave(Worker worker) {
    List<Worker> workers = new ArrayList<>(members.workers());
    if (workers.remove(worker)) {
      place(workers);
    }
  }

  /** The order of joining differs from client to client; placement looks at identities alone. */
  private void place(List<Worker> workers) {
    List<String> ids = workers.stream().map(Worker::id).toList();
    members = new Members(workers, new Placement(ids, weights(workers)));
  }

  /** Capacities in MiB, the mean for those that do not tell; null where all are equal. */
  private static double[] weights(List<Worker> workers) {
    double[] told =
        workers.stream().mapToDouble(worker -> worker.capacity() >> MIB_SHIFT).toArray();
    double mean = Arrays.stream(told).filter(weight -> weight > 0).average().orElse(1);
    double[] weights = Arrays.stream(told).map(weight -> weight > 0 ? weight : mean).toArray();
    return Arrays.stream(weights).distinct().count() <= 1 ? null : weights;
  }
}
