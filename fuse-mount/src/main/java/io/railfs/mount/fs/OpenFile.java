// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

import io.railfs.client.ClusterException;
import io.railfs.client.PageSource;
import io.railfs.mount.cache.FileKey;
import io.railfs.mount.cache.Page;
import io.railfs.mount.cache.PageCache;
import io.railfs.mount.cache.PageTarget;
import io.railfs.mount.cache.Pages;
import io.railfs.mount.prefetch.ChunkRuns;
import io.railfs.mount.prefetch.Prefetcher;
import io.railfs.mount.prefetch.Prefetchers;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * An open regular file: one version of it. Thread-safe and positional; any number of reads run at a
 * time.
 *
 * <p>A read claims the missing chunks of all its pages first and waits afterwards, so that they
 * travel together. It gives an answer or an error before its deadline, and never fewer bytes than
 * asked for, except at the end of the file.
 */
public final class OpenFile {
  /** What a read returns that is answered later. */
  public static final int LATER = -1;

  private final long node;
  private final Attributes attributes;
  private final Environment environment;
  private volatile Content content;

  /** A page that did not come for a reader. */
  record FailedPage(FileKey file, long index) {}

  /**
   * What all open files of a mount share.
   *
   * @param paths gives the path of a node that is open
   * @param readDeadlineNanos after which a read ends in an error
   * @param soonNanos a read that has waited longer than this, for room, waits on: what it then
   *     waits for may be a fetch that began after it and has a later deadline
   */
  record Environment(
      Paths paths,
      PageCache cache,
      PageSource source,
      Prefetchers prefetchers,
      long readDeadlineNanos,
      long soonNanos,
      ReadStats.Counters counters,
      RecentFailures<FailedPage> failures) {}

  /** Gives the path of a node that is open. */
  interface Paths {
    RailPath of(long node) throws FsException;
  }

  /**
   * What reads need; many files are opened and never read, or by the kernel's own cache.
   *
   * @param prefetcher null where as many files have one as may
   */
  private record Content(RailPath path, FileVersion version, FileKey key, Prefetcher prefetcher) {}

  /**
   * @param node holds its name and version
   * @param attributes of that version
   */
  OpenFile(long node, Attributes attributes, Environment environment) {
    this.node = node;
    this.attributes = attributes;
    this.environment = environment;
  }

  /** The node that was opened. */
  public long node() {
    return node;
  }

  /** Of the version that was opened. */
  public Attributes attributes() {
    return attributes;
  }

  public FileVersion version() {
    return attributes.version();
  }

  RailPath path() throws FsException {
    return content().path;
  }

  private Content content() throws FsException {
    Content known = content;
    return known != null ? known : makeContent();
  }

  private synchronized Content makeContent() throws FsException {
    if (content == null) {
      RailPath path = environment.paths.of(node);
      FileVersion version = attributes.version();
      FileKey key = FileKey.of(path, version);
      content = new Content(path, version, key, environment.prefetchers.open(path, version, key));
    }
    return content;
  }

  /**
   * Reads.
   *
   * @param target takes the bytes; undefined after an error
   * @param offset bytes from the start of the file
   * @param length bytes wanted
   * @param scratch the calling thread's own
   * @return bytes read: {@code length}, or up to the end of the file; {@link #LATER} where the
   *     target's {@link ReadTarget#later} gets them
   */
  public int read(ReadTarget target, long offset, int length, Scratch scratch) throws FsException {
    int count = (int) Math.max(0, Math.min(length, attributes.size() - offset));
    if (count == 0) {
      target.finish(0);
      return 0;
    }
    Content of = content();
    long first = Pages.index(offset);
    int pageCount = (int) (Pages.index(offset + count - 1) - first) + 1;
    Page[] pages = scratch.pages(pageCount);
    long start = System.nanoTime();
    boolean ended = false;
    try {
      boolean hit = findAll(of.key, pages, pageCount, offset, count);
      if (!hit) {
        long deadline = start + environment.readDeadlineNanos;
        fetchMissing(of, pages, pageCount, offset, count, deadline);
        onRead(of, offset, count, true, scratch);
        boolean soon =
            pageCount == 1
                && !pages[0].hasValid(wanted(first, offset, count))
                && System.nanoTime() - start < environment.soonNanos;
        ReadTarget.Async async = soon ? target.later() : null;
        if (async != null) {
          AsyncRead read = new AsyncRead(this, pages[0], offset, count, deadline, async);
          pages[0] = null;
          ended = true;
          read.settled();
          return LATER;
        }
        awaitAll(of, pages, pageCount, offset, count, deadline);
      } else {
        onRead(of, offset, count, false, scratch);
      }
      putAll(pages, pageCount, offset, count, target);
      environment.counters.ended(hit, count, System.nanoTime() - start);
      ended = true;
      return count;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FsException(
          FsException.Problem.IO, "reading " + of.path + " was interrupted: unmounting", e);
    } finally {
      if (!ended) {
        environment.counters.failed(System.nanoTime() - start);
      }
      releaseAll(pages, pageCount);
    }
  }

  private static void onRead(Content of, long offset, int count, boolean waits, Scratch scratch) {
    if (of.prefetcher != null) {
      of.prefetcher.onRead(offset, count, waits, scratch.pid);
    }
  }

  private static void releaseAll(Page[] pages, int pageCount) {
    for (int i = 0; i < pageCount; i++) {
      if (pages[i] != null) {
        pages[i].release();
      }
    }
    Arrays.fill(pages, 0, pageCount, null);
  }

  /** Retains the pages that are cached; returns whether all of them hold what is wanted. */
  private boolean findAll(FileKey key, Page[] pages, int pageCount, long offset, int count) {
    boolean hit = true;
    long first = Pages.index(offset);
    for (int i = 0; i < pageCount; i++) {
      pages[i] = environment.cache.find(key, first + i);
      hit &= pages[i] != null && pages[i].hasValid(wanted(first + i, offset, count));
    }
    return hit;
  }

  private void fetchMissing(
      Content of, Page[] pages, int pageCount, long offset, int count, long deadline)
      throws FsException, InterruptedException {
    failFast(of.key, pages, pageCount, offset, count);
    claimAndFetch(of, pages, pageCount, offset, count, deadline);
  }

  private void claimAndFetch(
      Content of, Page[] pages, int pageCount, long offset, int count, long deadline)
      throws FsException, InterruptedException {
    ChunkRuns runs = new ChunkRuns(environment.source, of.path, of.version, deadline);
    long first = Pages.index(offset);
    try {
      for (int i = 0; i < pageCount; i++) {
        long index = first + i;
        if (pages[i] == null) {
          pages[i] =
              environment.cache.acquire(
                  of.key, index, Pages.length(of.version.size(), index), deadline);
          if (pages[i] == null) {
            throw new FsException(
                FsException.Problem.IO,
                "reading "
                    + of.path
                    + " found no room in the page cache before the deadline; raise"
                    + " railfs.mount.memory-limit");
          }
        }
        runs.add(pages[i], index, pages[i].claim(wanted(index, offset, count)));
      }
    } finally {
      // Also after an error: what is claimed must be fetched, other readers may wait for it.
      runs.flush();
    }
  }

  /** Waits for every page, and fetches again where a fetch failed in a way that this may repair. */
  private void awaitAll(
      Content of, Page[] pages, int pageCount, long offset, int count, long deadline)
      throws FsException, InterruptedException {
    long first = Pages.index(offset);
    int valid = 0;
    while (valid < pageCount) {
      if (pages[valid].await(wanted(first + valid, offset, count), deadline)) {
        valid++;
        continue;
      }
      ClusterException end = end(of.path, pages[valid], offset, deadline);
      if (end != null) {
        // The kernel repeats all of it, page by page, for each program that waits for one of them.
        for (int k = valid; k < pageCount; k++) {
          environment.failures.failed(new FailedPage(of.key, first + k), end);
        }
        throw readProblem(end);
      }
      claimAndFetch(of, pages, pageCount, offset, count, deadline);
      valid = 0;
    }
  }

  /** The part of {@link #awaitAll} that does not wait, for one page. */
  void fetchAgain(Page page, long offset, int count, long deadline)
      throws FsException, InterruptedException {
    Content of = content();
    ClusterException end = end(of.path, page, offset, deadline);
    if (end != null) {
      environment.failures.failed(new FailedPage(of.key, page.index()), end);
      throw readProblem(end);
    }
    claimAndFetch(of, new Page[] {page}, 1, offset, count, deadline);
  }

  /** Why a read of this page ends whose deadline has passed. */
  FsException noAnswerFor(Page page, long offset) {
    try {
      Content of = content();
      ClusterException cause = failureOf(page);
      ClusterException end = cause != null ? cause : noAnswer(of.path, offset);
      environment.failures.failed(new FailedPage(of.key, page.index()), end);
      return readProblem(end);
    } catch (FsException e) {
      return e;
    }
  }

  /** Why the last fetch of this page failed, or null; all are fetches of the cluster. */
  private static ClusterException failureOf(Page page) {
    return (ClusterException) page.lastFailure();
  }

  private static boolean isLate(long deadline) {
    return System.nanoTime() - deadline >= -1_000_000;
  }

  /** Why a read of this page, whose fetch failed, is to end; null where another fetch may help. */
  private ClusterException end(RailPath path, Page page, long offset, long deadline) {
    ClusterException cause = failureOf(page);
    if (isLate(deadline)) {
      return cause != null ? cause : noAnswer(path, offset);
    }
    return cause != null && isFinal(cause) ? cause : null;
  }

  private ClusterException noAnswer(RailPath path, long offset) {
    return new ClusterException(
        ClusterException.Failure.DEADLINE,
        "reading %s at %d got no answer before the deadline of %d ms"
            .formatted(path, offset, TimeUnit.NANOSECONDS.toMillis(environment.readDeadlineNanos)));
  }

  private void failFast(FileKey key, Page[] pages, int pageCount, long offset, int count)
      throws FsException {
    if (!environment.failures.isAny()) {
      return;
    }
    long first = Pages.index(offset);
    for (int i = 0; i < pageCount; i++) {
      if (pages[i] == null || !pages[i].hasValid(wanted(first + i, offset, count))) {
        // The page itself may have left the cache since, as it holds nothing.
        ClusterException failure = environment.failures.find(new FailedPage(key, first + i));
        if (failure != null) {
          throw readProblem(failure);
        }
      }
    }
  }

  /**
   * A fetch that ran into the deadline of somebody else, a prefetch or an older read, says nothing
   * about this read.
   */
  private static boolean isFinal(ClusterException cause) {
    return cause.failure() != ClusterException.Failure.DEADLINE;
  }

  /**
   * A file that vanished, or became something else, after it was opened is as stale as one that was
   * replaced.
   */
  private static FsException readProblem(ClusterException cause) {
    return switch (cause.failure()) {
      case NOT_FOUND, NOT_A_DIRECTORY, NOT_A_FILE ->
          new FsException(FsException.Problem.STALE, cause.getMessage(), cause);
      default -> FsException.of(cause);
    };
  }

  private void putAll(Page[] pages, int pageCount, long offset, int count, PageTarget target) {
    int done = 0;
    for (int i = 0; i < pageCount; i++) {
      int start = (int) ((offset + done) % Pages.SIZE);
      int part = Math.min(Pages.SIZE - start, count - done);
      put(pages[i], target, done, start, part);
      done += part;
    }
    target.finish(count);
  }

  /** Gives the bytes of a read within one page. */
  void put(Page page, long offset, int count, PageTarget target) {
    put(page, target, 0, (int) (offset % Pages.SIZE), count);
  }

  private void put(Page page, PageTarget target, int position, int start, int part) {
    page.putTo(target, position, start, part);
    environment.cache.touched(page, Pages.chunks(start, start + part));
  }

  /**
   * Counts a read that was answered later.
   *
   * @param deadline that it had
   * @param failure null where it succeeded
   */
  void asyncReadEnded(int count, long deadline, Throwable failure) {
    long nanos = System.nanoTime() - (deadline - environment.readDeadlineNanos);
    if (failure == null) {
      environment.counters.ended(false, count, nanos);
    } else {
      environment.counters.failed(nanos);
    }
  }

  /** The chunks of page {@code index} that a read needs. */
  static int wanted(long index, long offset, int count) {
    long pageStart = index * Pages.SIZE;
    int start = (int) Math.max(0, offset - pageStart);
    int end = (int) Math.min(Pages.SIZE, offset + count - pageStart);
    return Pages.chunks(start, end);
  }

  void close() {
    Content read = content;
    if (read != null && read.prefetcher != null) {
      read.prefetcher.close();
      environment.prefetchers.closed();
    }
  }

  /**
   * What one thread reuses from read to read, so that a read allocates nothing. Belongs to one
   * thread.
   */
  public static final class Scratch {
    private Page[] pages = new Page[16];
    private int pid;

    /** The process whose read comes next; 0 where it is not known. */
    public void setPid(int reader) {
      pid = reader;
    }

    /** An array of at least {@code count} elements, all null. */
    Page[] pages(int count) {
      if (pages.length < count) {
        pages = new Page[count];
      }
      return pages;
    }
  }
}
