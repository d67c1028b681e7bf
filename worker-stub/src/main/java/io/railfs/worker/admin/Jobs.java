// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.admin;

import static java.util.Objects.requireNonNull;

import io.railfs.fabric.trust.SecretNames;
import io.railfs.protocol.RailPath;
import io.railfs.worker.store.BlockAdmin;
import io.railfs.worker.tasks.TaskPool;
import io.railfs.worker.ufs.Ufs;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The loads and frees that were asked for by administration: those that wait and run, and the last
 * ones that ended. Owns its threads until {@link #close}. Thread-safe.
 */
final class Jobs implements AutoCloseable {
  private static final int AT_ONCE = 2;
  private static final int MAX_WAITING = 16;
  private static final int MAX_KEPT = 32;

  private final Ufs ufs;
  private final BlockAdmin blocks;
  private final int blockSize;
  private final TaskPool pool = new TaskPool("railfs-job", AT_ONCE, MAX_WAITING);
  private final Map<Integer, Job> jobs = new LinkedHashMap<>();
  private int lastId;

  /**
   * Over a UFS that stays the caller's.
   *
   * @param blockSize bytes
   */
  Jobs(Ufs ufs, BlockAdmin blocks, int blockSize) {
    this.ufs = requireNonNull(ufs, "ufs is null");
    this.blocks = requireNonNull(blocks, "blocks is null");
    this.blockSize = blockSize;
  }

  /** Starts a job; empty where too many wait. */
  synchronized Optional<Job> start(Job.Kind kind, RailPath path, boolean pin) {
    Job job = new Job(lastId + 1, kind, path, pin);
    if (!pool.tryExecute(new JobWalk(job, ufs, blocks, blockSize))) {
      return Optional.empty();
    }
    lastId++;
    jobs.put(job.id(), job);
    forgetOld();
    return Optional.of(job);
  }

  private void forgetOld() {
    Iterator<Job> oldest = jobs.values().iterator();
    int tooMany = jobs.size() - MAX_KEPT;
    while (tooMany > 0 && oldest.hasNext()) {
      if (oldest.next().isEnded()) {
        oldest.remove();
        tooMany--;
      }
    }
  }

  synchronized Optional<Job> find(int id) {
    return Optional.ofNullable(jobs.get(id));
  }

  /**
   * The newest first.
   *
   * @param hidesNames whether names of the dataset are left out
   */
  synchronized List<Map<String, Object>> toJson(boolean hidesNames) {
    List<Map<String, Object>> all = new ArrayList<>();
    for (Job job : jobs.values()) {
      Map<String, Object> json = job.toJson();
      if (hidesNames) {
        json.put("path", SecretNames.HIDDEN);
        json.put("problems", List.of());
      }
      all.add(0, json);
    }
    return all;
  }

  /** Cancels what runs and ends the threads, with a bounded wait. */
  @Override
  public void close() {
    synchronized (this) {
      jobs.values().forEach(Job::cancel);
    }
    pool.close();
  }
}
