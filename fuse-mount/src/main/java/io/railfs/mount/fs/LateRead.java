package io.railfs.mount.fs;

import io.railfs.mount.cache.Page;
import io.railfs.mount.cache.PageTarget;

/**
 * A read within one page that is answered by the thread that brings its bytes, an event loop: no
 * thread waits for them, and none has to wake up before the reader does. It belongs to the thread
 * that makes it until {@link #settled} leaves it with the page, then to whoever the page tells.
 *
 * <p>It needs no clock: whatever it waits for is a fetch, and each ends by its deadline, which is
 * not later than that of this read.
 */
final class LateRead implements Page.Waiter {
  private final OpenFile file;
  private final Page page;
  private final long offset;
  private final int count;
  private final long startNanos;
  private final long deadlineNanos;
  private final LateTarget late;

  /**
   * Takes over a reference on the page.
   *
   * @param offset bytes from the start of the file
   * @param count bytes, all of this page
   */
  LateRead(
      OpenFile file,
      Page page,
      long offset,
      int count,
      long startNanos,
      long deadlineNanos,
      LateTarget late) {
    this.file = file;
    this.page = page;
    this.offset = offset;
    this.count = count;
    this.startNanos = startNanos;
    this.deadlineNanos = deadlineNanos;
    this.late = late;
  }

  @Override
  public void settled() {
    Throwable failure = null;
    try {
      int wanted = OpenFile.wanted(page.index(), offset, count);
      while (!page.hasValid(wanted)) {
        if (page.whenSettled(wanted, this)) {
          return;
        }
        if (!page.hasValid(wanted)) {
          file.fetchAgain(page, offset, count, deadlineNanos);
        }
      }
      PageTarget target = late.target();
      file.put(page, offset, count, target);
      target.finish(count);
    } catch (Throwable e) {
      failure = e;
    }
    end(failure);
  }

  private void end(Throwable failure) {
    page.release();
    file.lateReadEnded(count, System.nanoTime() - startNanos, failure);
    late.end(file, failure);
  }
}
