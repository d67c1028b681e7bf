// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

import io.railfs.mount.cache.Page;
import io.railfs.mount.cache.PageTarget;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A read within one page that is answered by the thread that brings its bytes, an event loop: no
 * thread waits for them, and none has to wake up before the reader does. It belongs to the thread
 * that makes it until {@link #settled} leaves it with the page, then to the thread that the page
 * calls it with.
 *
 * <p>At first it needs no clock: what it waits for is a fetch of its own or one that began before
 * it, and each fetch ends by its deadline. When that fetch has failed, another read may already
 * have begun the next one, with a later deadline; from then on a timer ends this read at its own.
 */
final class AsyncRead implements Page.Waiter {
  private enum State {
    /** The page calls it, or the timer ends it, whichever comes first. */
    WAITING,
    /** A thread looks at the page; only that thread ends it or waits again. */
    RUNNING
  }

  private final OpenFile file;
  private final Page page;
  private final long offset;
  private final int count;
  private final long deadlineNanos;
  private final ReadTarget.Async target;
  private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);

  /** Written by the thread that runs it. */
  private volatile boolean waited;

  /** Null until the first fetch has failed. Written by the thread that runs it. */
  private volatile CompletableFuture<Void> timer;

  /**
   * Takes over a reference on the page.
   *
   * @param offset bytes from the start of the file
   * @param count bytes, all of this page
   */
  AsyncRead(
      OpenFile file,
      Page page,
      long offset,
      int count,
      long deadlineNanos,
      ReadTarget.Async target) {
    this.file = file;
    this.page = page;
    this.offset = offset;
    this.count = count;
    this.deadlineNanos = deadlineNanos;
    this.target = target;
  }

  @Override
  public void settled() {
    if (!state.compareAndSet(State.WAITING, State.RUNNING)) {
      return;
    }
    Throwable failure = null;
    try {
      int wanted = OpenFile.wanted(page.index(), offset, count);
      while (!page.hasValid(wanted)) {
        if (waits(wanted)) {
          return;
        }
        if (!page.hasValid(wanted)) {
          file.fetchAgain(page, offset, count, deadlineNanos);
        }
      }
      PageTarget pages = target.target();
      file.put(page, offset, count, pages);
      pages.finish(count);
    } catch (Throwable e) {
      failure = e;
    }
    end(failure);
  }

  /** Whether another thread goes on from here: that which settles the chunks, or the timer. */
  private boolean waits(int wanted) {
    if (waited) {
      startTimer();
    }
    waited = true;
    state.set(State.WAITING);
    if (!page.whenSettled(wanted, this)) {
      return !state.compareAndSet(State.WAITING, State.RUNNING);
    }
    if (timer != null && System.nanoTime() - deadlineNanos >= 0) {
      // The timer may have found it running.
      overdue();
    }
    return true;
  }

  private void startTimer() {
    if (timer == null) {
      long left = Math.max(0, deadlineNanos - System.nanoTime());
      timer = new CompletableFuture<Void>().orTimeout(left, TimeUnit.NANOSECONDS);
      CompletableFuture<Void> unused =
          timer.whenComplete(
              (done, timeout) -> {
                if (timeout != null) {
                  overdue();
                }
              });
    }
  }

  private void overdue() {
    if (state.compareAndSet(State.WAITING, State.RUNNING)) {
      end(file.noAnswerFor(page, offset));
    }
  }

  private void end(Throwable failure) {
    if (timer != null) {
      timer.complete(null);
    }
    page.release();
    file.asyncReadEnded(count, deadlineNanos, failure);
    target.end(file, failure);
  }
}
