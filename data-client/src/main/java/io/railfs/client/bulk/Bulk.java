// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.bulk;

import static java.util.Objects.requireNonNull;

import io.railfs.base.TokenBucket;
import io.railfs.client.Cluster;
import io.railfs.client.ClusterException;
import io.railfs.client.WorkerStores;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.BlockSet;
import io.railfs.protocol.messages.CheckReply;
import io.railfs.protocol.messages.FreeReply;
import io.railfs.protocol.messages.LoadReply;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * One walk over trees, which asks the workers about every block of every file.
 *
 * <pre>
 *   walk (one thread) --> a WorkerQueue for each worker (some threads) --> worker
 * </pre>
 *
 * <p>A load asks for one block at a time, of its owner: what is there is skipped by the worker, so
 * a load that was stopped goes on where it was when it is started again. Everything else asks every
 * worker about all blocks of a file, wherever they may be. Thread-safe.
 */
public final class Bulk implements AutoCloseable {
  private static final int MAX_THREADS = 768;

  /** Whose bytes may come at once after a pause. */
  private static final long BURST_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Cluster cluster;
  private final BulkAction action;
  private final int replicas;
  private final TokenBucket bandwidth;
  private final BulkCounters counters = new BulkCounters();
  private final int threads;

  /** By worker; grows when one comes while this runs. */
  private final List<WorkerQueue> queues = new CopyOnWriteArrayList<>();

  private final List<WorkerShare> shares = new CopyOnWriteArrayList<>();
  private final Set<Integer> lost = ConcurrentHashMap.newKeySet();
  private final List<String> warnings = new CopyOnWriteArrayList<>();
  private final Object ended = new Object();

  /** Files whose end is awaited, and one for the walk. Guarded by ended. */
  private long open = 1;

  /**
   * Starts the threads that ask.
   *
   * @param cluster stays the caller's
   * @param replicas workers that each block is loaded into, at least 1
   * @param bytesPerSecond most bytes a second that a load asks for; 0 for no limit
   * @param atOnce blocks that each worker is asked for at once
   */
  public Bulk(Cluster cluster, BulkAction action, int replicas, double bytesPerSecond, int atOnce) {
    this.cluster = requireNonNull(cluster, "cluster is null");
    this.action = requireNonNull(action, "action is null");
    this.replicas = replicas;
    this.bandwidth = new TokenBucket(bytesPerSecond, BURST_NANOS);
    int workers = cluster.stores().workers().size();
    threads = Math.max(1, Math.min(atOnce, MAX_THREADS / workers));
    growTo(workers);
  }

  private synchronized void growTo(int count) {
    List<String> workers = cluster.stores().workers();
    for (int i = queues.size(); i < count; i++) {
      shares.add(new WorkerShare(workers.get(i)));
      queues.add(new WorkerQueue(i, threads));
    }
  }

  private WorkerQueue queue(int worker) {
    if (worker >= queues.size()) {
      growTo(worker + 1);
    }
    return queues.get(worker);
  }

  /**
   * Walks and asks; returns when every file has its end.
   *
   * @param timeout longest wait for one listing
   */
  public void run(List<RailPath> paths, Duration timeout) throws InterruptedException {
    TreeWalk walk =
        new TreeWalk(
            cluster.metadata(),
            timeout,
            new TreeWalk.Visitor() {
              @Override
              public void file(RailPath path, FileVersion version) throws InterruptedException {
                add(new BulkFile(path, version, cluster.stores().blockSize()));
              }

              @Override
              public void failed(String path, String problem) {
                counters.failed(path, problem);
              }
            });
    List<RailPath> trees = TreeWalk.distinct(paths);
    if (!action.isLoad() || fits(trees, timeout)) {
      for (RailPath path : trees) {
        walk.walk(path);
      }
    }
    counters.walked();
    fileEnded();
    synchronized (ended) {
      while (open > 0) {
        ended.wait();
      }
    }
  }

  /** Whether each worker's store has room for its share; that it has not is a failure. */
  private boolean fits(List<RailPath> trees, Duration timeout) throws InterruptedException {
    Demand demand = new Demand(cluster.stores(), replicas);
    TreeWalk walk = new TreeWalk(cluster.metadata(), timeout, demand);
    for (RailPath path : trees) {
      walk.walk(path);
    }
    Optional<String> excess = demand.excess();
    excess.ifPresent(problem -> counters.failed(trees.get(0).toString(), problem));
    if (excess.isEmpty()) {
      demand.tightness().ifPresent(warnings::add);
    }
    return excess.isEmpty();
  }

  /**
   * What is no failure, but should be known: stores that get full, and workers that were lost on
   * the way, with the reason; their blocks go to the next ones. Grows while this runs.
   */
  public List<String> warnings() {
    return List.copyOf(warnings);
  }

  private void lost(int worker, ClusterException cause) {
    if (lost.add(worker)) {
      warnings.add(
          "worker "
              + shares.get(worker).worker()
              + " is lost, its blocks go to the next workers ("
              + cause.getMessage()
              + ")");
    }
  }

  /** How far it is. */
  public BulkProgress progress() {
    return counters.progress();
  }

  /** What failed, up to a thousand. */
  public List<BulkFailure> failures() {
    return counters.failures();
  }

  /** What was done at, or found on, each worker. */
  public List<WorkerShare> shares() {
    return List.copyOf(shares);
  }

  private void add(BulkFile file) throws InterruptedException {
    synchronized (ended) {
      open++;
    }
    counters.files.increment();
    if (action.isLoad()) {
      addLoads(file);
    } else {
      counters.bytes.add(file.version().size());
      addQuestions(file);
    }
    answered(file);
  }

  private void addLoads(BulkFile file) throws InterruptedException {
    for (int block = 0; block < file.blocks(); block++) {
      int[] owners = cluster.stores().owners(file.path(), file.version(), block, replicas);
      Set<Integer> asked = ConcurrentHashMap.newKeySet();
      for (int worker : owners) {
        asked.add(worker);
      }
      for (int worker : owners) {
        counters.bytes.add(file.length(block));
        file.asked();
        queue(worker).add(new LoadWork(file, block, asked));
      }
    }
  }

  private void addQuestions(BulkFile file) throws InterruptedException {
    Found found = new Found(file);
    for (int from = 0; from < file.blocks(); from += WorkerStores.MAX_BLOCKS) {
      int to = Math.min(file.blocks(), from + WorkerStores.MAX_BLOCKS);
      for (WorkerQueue queue : queues) {
        file.asked();
        queue.add(new BlockRequest(file, file.blocks(from, to), found));
      }
    }
  }

  private void answered(BulkFile file) {
    if (file.answered()) {
      if (!file.hasFailed()) {
        counters.filesDone.increment();
      }
      if (!action.isLoad()) {
        counters.bytesDone.add(file.version().size());
      }
      fileEnded();
    }
  }

  private void fileEnded() {
    synchronized (ended) {
      open--;
      ended.notifyAll();
    }
  }

  private void failed(BulkFile file, String problem) {
    if (file.fail()) {
      counters.failed(file.path().toString(), problem);
    }
    answered(file);
  }

  /** Ends the threads. */
  @Override
  public void close() {
    queues.forEach(WorkerQueue::close);
  }

  /** One block for one worker, and for the next one where that has gone. */
  private final class LoadWork implements WorkerQueue.Work {
    private final BulkFile file;
    private final int block;

    /** Workers that have or had the block as their work: shared by all its replicas. */
    private final Set<Integer> asked;

    LoadWork(BulkFile file, int block, Set<Integer> asked) {
      this.file = file;
      this.block = block;
      this.asked = asked;
    }

    @Override
    public void run(int worker, Duration timeout) throws ClusterException, InterruptedException {
      int length = file.length(block);
      awaitBandwidth(length);
      BlockSet blocks = file.blocks(block, block + 1);
      LoadReply reply =
          cluster.stores().load(worker, blocks, action == BulkAction.LOAD_AND_PIN, timeout);
      if (reply.getPresentBlocks() > 0) {
        bandwidth.giveBack(length);
      }
      counters.loadedBytes.add(reply.getLoadedBytes() + reply.getUnstoredBytes());
      counters.presentBytes.add(reply.getPresentBytes());
      counters.unstoredBytes.add(reply.getUnstoredBytes());
      counters.bytesDone.add(length);
      if (reply.getUnstoredBlocks() > 0) {
        Bulk.this.failed(
            file,
            "worker "
                + shares.get(worker).worker()
                + " loaded it, but no directory of its store took it; see 'railfs worker status'");
      } else {
        shares.get(worker).blocks.increment();
        shares.get(worker).bytes.add(length);
        answered(file);
      }
    }

    @Override
    public void failed(int worker, ClusterException cause) {
      if (cause.failure() != ClusterException.Failure.UNREACHABLE) {
        // One that is there and slow is not lost: another would load the same a second time.
        failed(cause.getMessage());
        return;
      }
      int next = next();
      if (next < 0) {
        failed(cause.getMessage() + "; no other worker is left that could hold it instead");
      } else {
        lost(worker, cause);
        queue(next).takeOver(this);
      }
    }

    /**
     * Who has the block after those that were asked for it: a worker that holds one replica does
     * not stand in for another. Negative where nobody is left.
     */
    private int next() {
      int all = cluster.stores().workers().size();
      for (int owner : cluster.stores().owners(file.path(), file.version(), block, all)) {
        if (!cluster.stores().isGone(owner) && asked.add(owner)) {
          return owner;
        }
      }
      return -1;
    }

    @Override
    public void failed(String problem) {
      counters.bytesDone.add(file.length(block));
      Bulk.this.failed(file, problem);
    }
  }

  private void awaitBandwidth(int bytes) throws InterruptedException {
    long wait = bandwidth.take(bytes);
    if (wait > 0) {
      TimeUnit.NANOSECONDS.sleep(wait);
    }
  }

  /** Blocks of a file that were found on any worker. */
  private static final class Found {
    private final BitSet blocks = new BitSet();
    private final BulkFile file;

    Found(BulkFile file) {
      this.file = file;
    }

    /** Bytes of those of the blocks that were not found before. */
    synchronized long add(List<Integer> found) {
      long bytes = 0;
      for (int block : found) {
        bytes += blocks.get(block) ? 0 : file.length(block);
        blocks.set(block);
      }
      return bytes;
    }
  }

  /** Some blocks of a file, for every worker. */
  private final class BlockRequest implements WorkerQueue.Work {
    private final BulkFile file;
    private final BlockSet blocks;
    private final Found found;

    BlockRequest(BulkFile file, BlockSet blocks, Found found) {
      this.file = file;
      this.blocks = blocks;
      this.found = found;
    }

    @Override
    public void run(int worker, Duration timeout) throws ClusterException {
      WorkerShare share = shares.get(worker);
      switch (action) {
        case CHECK -> {
          CheckReply reply = cluster.stores().check(worker, blocks, timeout);
          share.blocks.add(reply.getCachedBlocksCount());
          share.bytes.add(reply.getCachedBytes());
          share.pinned.add(reply.getPinnedBlocksCount());
          counters.presentBytes.add(found.add(reply.getCachedBlocksList()));
        }
        case FREE -> {
          FreeReply reply = cluster.stores().free(worker, blocks, timeout);
          share.blocks.add(reply.getFreedBlocks());
          share.bytes.add(reply.getFreedBytes());
          share.pinned.add(reply.getPinnedBlocks());
        }
        case UNPIN ->
            share.blocks.add(cluster.stores().unpin(worker, blocks, timeout).getUnpinnedBlocks());
        case LOAD, LOAD_AND_PIN -> throw new IllegalStateException("loads are asked by block");
      }
      answered(file);
    }

    @Override
    public void failed(int worker, ClusterException cause) {
      failed(cause.getMessage());
    }

    @Override
    public void failed(String problem) {
      Bulk.this.failed(file, problem);
    }
  }
}
