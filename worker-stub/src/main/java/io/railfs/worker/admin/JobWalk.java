// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.admin;

import io.railfs.protocol.Attributes;
import io.railfs.protocol.Chunks;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RailPath;
import io.railfs.worker.store.BlockAdmin;
import io.railfs.worker.store.disk.FileId;
import io.railfs.worker.store.disk.Freed;
import io.railfs.worker.ufs.Listing;
import io.railfs.worker.ufs.Ufs;
import io.railfs.worker.ufs.UfsException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Does a job: walks the tree below its path, file by file, block by block. Used by one thread. */
final class JobWalk implements Runnable {
  /** Loads of one job that have begun and not ended; the store puts them in line. */
  private static final int MAX_AT_ONCE = 64;

  private static final long LOOK_MILLIS = 200;

  private final Job job;
  private final Ufs ufs;
  private final BlockAdmin blocks;
  private final int blockSize;
  private final Semaphore permits = new Semaphore(MAX_AT_ONCE);
  private final Deque<RailPath> directories = new ArrayDeque<>();

  JobWalk(Job job, Ufs ufs, BlockAdmin blocks, int blockSize) {
    this.job = job;
    this.ufs = ufs;
    this.blocks = blocks;
    this.blockSize = blockSize;
  }

  @Override
  public void run() {
    job.began();
    try {
      entry(job.path(), ufs.stat(job.path()));
      while (!directories.isEmpty() && !job.isEnded()) {
        list(directories.pop());
      }
      job.walked();
      acquire(MAX_AT_ONCE);
    } catch (UfsException e) {
      job.failed(e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      job.failed("the worker is stopping");
    } catch (RuntimeException | Error e) {
      job.failed("the worker failed at it; see its log");
      throw e;
    } finally {
      job.end();
    }
  }

  private void list(RailPath directory) throws InterruptedException {
    try (Listing listing = ufs.list(directory)) {
      for (Listing.Entry entry = listing.next();
          entry != null && !job.isEnded();
          entry = listing.next()) {
        entry(directory.child(entry.name()), entry.attributes());
      }
    } catch (UfsException | ProtocolException e) {
      job.failed(e.getMessage());
    }
  }

  private void entry(RailPath path, Attributes attributes)
      throws InterruptedException, UfsException {
    if (attributes.isDirectory()) {
      directories.push(path);
    } else if (attributes.isRegular()) {
      file(blocks.file(path, attributes.version()));
    }
  }

  private void file(FileId file) throws InterruptedException {
    job.fileFound();
    long count = blocks(file.version().size(), blockSize);
    for (int index = 0; index < count && !job.isEnded(); index++) {
      int length = Chunks.blockLength(file.version().size(), blockSize, index);
      job.blockFound(length);
      if (job.kind() == Job.Kind.FREE) {
        if (blocks.free(file, index) == Freed.FREED) {
          job.blockDone(length);
        }
      } else if (acquire(1)) {
        blocks.load(file, index, job.pin(), new LoadEnd(file));
      }
    }
  }

  /** How many blocks a file of this size has. */
  static long blocks(long size, int blockSize) {
    return Math.min(Integer.MAX_VALUE, (size + blockSize - 1) / blockSize);
  }

  /** Waits for permits; false where the job was cancelled meanwhile. */
  private boolean acquire(int count) throws InterruptedException {
    while (!permits.tryAcquire(count, LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
      if (job.isEnded()) {
        return false;
      }
    }
    return true;
  }

  private final class LoadEnd implements BlockAdmin.LoadWaiter {
    private final FileId file;

    LoadEnd(FileId file) {
      this.file = file;
    }

    @Override
    public void done(BlockAdmin.Loaded how, int bytes) {
      if (how == BlockAdmin.Loaded.UNSTORED) {
        job.failed("no directory of the store took a block of " + file.path());
      } else {
        job.blockDone(bytes);
      }
      permits.release();
    }

    @Override
    public void failed(UfsException cause) {
      job.failed(cause.getMessage());
      permits.release();
    }
  }
}
