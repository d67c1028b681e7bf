// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.prefetch;

import io.railfs.mount.cache.Pages;

/**
 * Recognises patterns among the reads of one open file and says what to fetch ahead. Pure
 * arithmetic on offsets, one instance an open file, guarded by its caller.
 *
 * <p>The kernel sends the reads of one stream concurrently and so out of order. A stream therefore
 * is not "the next read starts where the last one ended" but a span of the file of which nearly
 * everything has been read: a read belongs to a stream when it begins within {@link #SLACK} of the
 * stream's end, and the stream counts as sequential while at least half of its span was really
 * read, and of a long one nine tenths. Random reads that fall near each other by chance leave their
 * span almost empty, so they never cause a prefetch.
 *
 * <p>A stream's window grows only when a reader had to wait since the last look: a window that
 * suffices is large enough. It shrinks when there was no room for it, and all streams of a mount
 * share what may be ahead ({@link ActiveStreams}).
 *
 * <p>A read that does not continue a stream may be a step of a {@link StridePattern}.
 */
final class ReadPattern implements Plan.Source {
  /**
   * How far reads of one stream may be apart: the kernel's readahead, even one of 2 MiB, with room
   * to spare.
   */
  static final long SLACK = 4 << 20;

  /** Streams remembered for one handle: a few readers on one descriptor, and chance neighbours. */
  static final int STREAMS = 8;

  /** The span over which density is measured; beyond it the past fades. */
  private static final long SPAN = 32 << 20;

  /** What the kernel may have asked for out of order, and so is missing only for the moment. */
  private static final long REORDERED = 2 << 20;

  /**
   * Reads in a row that prove a stream which does not begin at the file's first byte. Two are none:
   * the kernel reads around the place where a mapped file is touched, and the range behind it when
   * the next touch falls near its end.
   */
  static final int PROOF = 3;

  /**
   * The same for a handle whose readahead is that of a mapped file: the kernel reads a run of
   * touches in up to four.
   */
  static final int MAPPED_PROOF = 5;

  /** What the kernel reads around a page of a mapped file that was touched, at least. */
  private static final int AROUND = 128 << 10;

  /** The smallest window, when there is no room for a larger one. */
  private static final int MIN_WINDOW = 2 * Pages.SIZE;

  private final long fileSize;
  private final int initialWindow;
  private final int maxWindow;
  private final RangeConsumer forgotten;
  private final ActiveStreams active;
  private final int proof;
  private final StridePattern strides;
  private final Stream[] streams = new Stream[STREAMS];
  private long clock;
  private int jumps;

  /**
   * @param fileSize bytes
   * @param initialWindow bytes to fetch ahead of a stream that has just begun
   * @param maxWindow bytes to fetch ahead at most
   * @param forgotten called with what was fetched ahead for a stream that is forgotten
   * @param active all streams of the mount
   * @param proof reads in a row that prove a stream which does not begin at the file's first byte
   */
  ReadPattern(
      long fileSize,
      int initialWindow,
      int maxWindow,
      RangeConsumer forgotten,
      ActiveStreams active,
      int proof) {
    this.active = active;
    this.proof = proof;
    this.fileSize = fileSize;
    this.initialWindow = initialWindow;
    this.maxWindow = maxWindow;
    this.forgotten = forgotten;
    this.strides = new StridePattern(fileSize, initialWindow == 0 ? 0 : maxWindow, forgotten);
    for (int i = 0; i < STREAMS; i++) {
      streams[i] = new Stream();
    }
  }

  /** Takes a range of the file: from {@code start}, up to and without {@code end}. */
  interface RangeConsumer {
    void accept(long start, long end);
  }

  /**
   * One sequential reader: everything from {@code start} to {@code next} was asked for, but for
   * gaps.
   */
  private static final class Stream {
    /** Where its first read began. */
    private long first;

    private long start;
    private long next;
    private long gaps;
    private long ahead;
    private int window;
    private int reads;
    private boolean waited;
    private boolean isActive;
    private long lastUse = -1;

    /** Where what was read or is being fetched ends. */
    private long ahead() {
      return Math.max(next, ahead);
    }

    /** Adds a read to the span; returns whether it went forward and the stream is sequential. */
    private boolean take(long from, long to, int proof) {
      if (from > next) {
        gaps += from - next;
      } else if (from >= start) {
        gaps = Math.max(0, gaps - Math.min(to, next) + from);
      } else {
        gaps += Math.max(0, start - to);
        start = from;
      }
      boolean forward = to > next;
      reads++;
      next = Math.max(next, to);
      fade();
      long span = next - start;
      boolean dense = gaps <= Math.min(span / 2, span / 10 + REORDERED);
      if (!dense) {
        window = 0;
      }
      return forward && dense && (start == 0 || reads >= proof);
    }

    private void fade() {
      long span = next - start;
      if (span > SPAN) {
        start = next - SPAN / 2;
        gaps = gaps * (SPAN / 2) / span;
      }
    }
  }

  /**
   * Takes note of a read.
   *
   * @param waited whether the reader has to wait for its bytes
   * @return what to fetch ahead now, or null
   */
  Plan onRead(long offset, int length, boolean waited) {
    clock++;
    Plan strided = strides.onRead(offset, length, waited);
    Stream stream = streamOf(offset);
    if (stream == null) {
      stream = oldest();
      forget(stream);
      begin(stream, offset, length);
      stream.waited = waited;
      if (offset != 0 && length >= AROUND) {
        jumps++;
      }
      // A reader that starts at the first byte nearly always goes on; elsewhere further reads must
      // confirm it.
      return offset == 0 ? grow(stream) : strided;
    }
    stream.lastUse = clock;
    boolean continues = offset == stream.next;
    boolean sequential = stream.take(offset, offset + length, proof);
    if (stream.next >= fileSize) {
      leave(stream);
    }
    if (!continues && (stream.window == 0 ? strides.isProved() : isRatherStride(stream))) {
      return strided;
    }
    stream.waited |= waited;
    return sequential && stream.ahead() - stream.next <= stream.window / 2 ? grow(stream) : null;
  }

  /**
   * The shuffled reads of a stream may look like a stride for a while, but they leave no gaps
   * behind.
   */
  private boolean isRatherStride(Stream stream) {
    return stream.gaps > REORDERED && strides.isCertain();
  }

  /** Large reads so far that continued no stream. */
  int jumps() {
    return jumps;
  }

  @Override
  public void fellShort(Plan plan, long done) {
    for (Stream stream : streams) {
      if (stream.lastUse >= 0 && stream.ahead == plan.start() + plan.length()) {
        stream.ahead = plan.start() + done;
        stream.window = Math.max(Math.min(initialWindow, MIN_WINDOW), stream.window / 2);
      }
    }
  }

  /** Forgets everything: the file is closed. */
  void forgetAll() {
    for (Stream stream : streams) {
      forget(stream);
    }
    strides.forgetAll();
  }

  private void forget(Stream stream) {
    if (stream.lastUse >= 0 && stream.ahead > stream.next) {
      forgotten.accept(stream.next, stream.ahead);
    }
    stream.lastUse = -1;
    stream.ahead = 0;
    leave(stream);
  }

  private void leave(Stream stream) {
    if (stream.isActive) {
      stream.isActive = false;
      active.left();
    }
  }

  private Plan grow(Stream stream) {
    if (stream.window == 0) {
      stream.window = firstWindow(stream);
    } else if (stream.waited) {
      stream.window *= 2;
    }
    stream.window =
        Math.min(
            stream.window, active.window(initialWindow, maxWindow, stream.next - stream.first));
    stream.waited = false;
    long from = stream.ahead();
    long to = target(stream);
    if (to <= from) {
      return null;
    }
    if (!stream.isActive) {
      stream.isActive = true;
      active.joined();
    }
    // Said before it is done, so that a read that comes meanwhile does not fetch the same range.
    stream.ahead = to;
    return Plan.range(this, from, to);
  }

  /** The end of the range that should be had soon. */
  private long target(Stream stream) {
    long target = Math.min(fileSize, stream.next + stream.window);
    // Whole pages: a page's worth of chunks costs little more than one of them.
    return Math.min(fileSize, (target + Pages.SIZE - 1) / Pages.SIZE * Pages.SIZE);
  }

  /**
   * From the first byte on, the whole initial window; elsewhere in proportion to what was read, so
   * that two small random reads that happen to be neighbours cost a page and not a mebibyte.
   */
  private int firstWindow(Stream stream) {
    long span = stream.next - stream.start;
    return stream.start == 0
        ? initialWindow
        : (int) Math.min(initialWindow, Math.max(Pages.SIZE, 4 * span));
  }

  private Stream streamOf(long offset) {
    Stream best = null;
    for (Stream stream : streams) {
      if (stream.lastUse >= 0
          && Math.abs(offset - stream.next) <= SLACK
          && (best == null || Math.abs(offset - stream.next) < Math.abs(offset - best.next))) {
        best = stream;
      }
    }
    return best;
  }

  private Stream oldest() {
    Stream oldest = streams[0];
    for (Stream stream : streams) {
      if (stream.lastUse < oldest.lastUse) {
        oldest = stream;
      }
    }
    return oldest;
  }

  private void begin(Stream stream, long offset, int length) {
    stream.first = offset;
    stream.start = offset;
    stream.next = offset + length;
    stream.gaps = 0;
    stream.window = 0;
    stream.reads = 1;
    stream.waited = false;
    stream.lastUse = clock;
  }
}
