// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.ufs;

import io.railfs.worker.posix.Inotify;
import io.railfs.worker.posix.Posix;
import io.railfs.worker.posix.PosixException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Directories that are watched by inotify(7), where the kernel sees every change: on file systems
 * of this machine, not on those that others write to. A directory is known by the descriptor that
 * is listed, whatever its name leads to. Thread-safe; one thread, from the first watch to {@link
 * #close}.
 */
final class DirectoryWatches implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DirectoryWatches.class);

  /** Each takes about 1 KiB of the kernel's memory. */
  private static final int MOST = 16_384;

  /** How long {@link #close} waits for the thread, at the longest, and the thread for an event. */
  private static final int TURN_MILLIS = 250;

  /**
   * Numbers of file systems of which no other machine changes anything, from linux/magic.h: ext2 to
   * ext4, xfs, btrfs, f2fs, bcachefs, zfs, tmpfs, ramfs, overlayfs, vfat, exfat.
   */
  private static final Set<Long> LOCAL =
      Set.of(
          0xef53L,
          0x58465342L,
          0x9123683eL,
          0xf2f52010L,
          0xca451a4eL,
          0x2fc12fc1L,
          0x01021994L,
          0x858458f6L,
          0x794c7630L,
          0x4d44L,
          0x2011bab0L);

  /** By the kernel's number: a directory that is listed twice at a time has one watch. */
  private final Map<Integer, List<One>> watches = new HashMap<>();

  private int count;
  private Inotify inotify;
  private Thread thread;
  private boolean closed;

  /** Whether a log line said that some directories are not watched. */
  private boolean hasTold;

  private final class One implements Watch {
    private final int number;
    private final Runnable changed;

    One(int number, Runnable changed) {
      this.number = number;
      this.changed = changed;
    }

    @Override
    public void close() {
      forget(this);
    }
  }

  /**
   * Watches a directory, if that can be done here; if not, that is no trouble but that nobody
   * reports of changes.
   *
   * @param changed run at most once, by this object's thread
   */
  Watch watch(int directory, Runnable changed) throws IOException {
    if (!LOCAL.contains(Posix.fileSystemType(directory))) {
      return Watch.NONE;
    }
    // Held until the number is known to the thread, which could hear of it before.
    synchronized (this) {
      try {
        if (closed || count >= MOST) {
          return Watch.NONE;
        }
        start();
        One one = new One(inotify.watch(directory), changed);
        watches.computeIfAbsent(one.number, number -> new ArrayList<>(1)).add(one);
        count++;
        return one;
      } catch (PosixException e) {
        tellOnce(e);
        return Watch.NONE;
      }
    }
  }

  private void start() throws PosixException {
    if (inotify == null) {
      inotify = Inotify.open();
      thread = new Thread(this::run, "railfs-watch");
      thread.setDaemon(true);
      thread.start();
    }
  }

  private void tellOnce(PosixException e) {
    if (e.problem() == PosixException.Problem.TOO_MANY && !hasTold) {
      hasTold = true;
      log.info(
          "not all directories that are listed can be watched ({}): changes in the others are seen"
              + " when clients ask for newer listings; raise fs.inotify.max_user_watches and"
              + " max_user_instances",
          e.getMessage());
    } else {
      log.debug("a directory is not watched", e);
    }
  }

  private synchronized void forget(One one) {
    List<One> same = watches.get(one.number);
    if (same == null || !same.remove(one)) {
      return;
    }
    count--;
    if (same.isEmpty()) {
      watches.remove(one.number);
      inotify.remove(one.number);
    }
  }

  /** Directories that are watched now. */
  synchronized int count() {
    return count;
  }

  private void run() {
    try (Inotify mine = inotify) {
      while (!isClosed()) {
        Inotify.Reported reported = mine.read(TURN_MILLIS);
        for (One one : take(reported)) {
          one.changed.run();
        }
      }
    } catch (PosixException e) {
      log.warn("directories are not watched any more; listings are believed for their time", e);
      take(new Inotify.Reported(List.of(), true)).forEach(one -> one.changed.run());
    }
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  /** What was reported is not watched any more. After an overflow nothing is. */
  private synchronized List<One> take(Inotify.Reported reported) {
    List<One> all = new ArrayList<>();
    for (int number : reported.isOverflow() ? List.copyOf(watches.keySet()) : reported.watches()) {
      List<One> same = watches.remove(number);
      if (same != null) {
        all.addAll(same);
      }
      if (reported.isOverflow()) {
        inotify.remove(number);
      }
    }
    count -= all.size();
    return all;
  }

  @Override
  public void close() {
    Thread ending;
    synchronized (this) {
      closed = true;
      ending = thread;
    }
    if (ending == null) {
      return;
    }
    try {
      ending.join(TimeUnit.SECONDS.toMillis(2));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
