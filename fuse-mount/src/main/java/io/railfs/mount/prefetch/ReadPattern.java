package io.railfs.mount.prefetch;

import io.railfs.mount.cache.Pages;

/**
 * Recognises the sequential streams among the reads of one open file and says how far ahead of each
 * to fetch. Pure arithmetic on offsets, one instance an open file, guarded by its caller.
 *
 * <p>The kernel sends the reads of one stream concurrently and so out of order. A stream therefore
 * is not "the next read starts where the last one ended" but a span of the file of which nearly
 * everything has been read: a read belongs to a stream when it begins within {@link #SLACK} of the
 * stream's end, and the stream counts as sequential while at least half of its span was really
 * read. Random reads that fall near each other by chance leave their span almost empty, so they
 * never cause a prefetch.
 */
final class ReadPattern {
  /**
   * How far reads of one stream may be apart: the kernel's readahead (2 MiB) with room to spare.
   */
  static final long SLACK = 4 << 20;

  /** Streams remembered for one handle: a few readers on one descriptor, and chance neighbours. */
  static final int STREAMS = 8;

  /** The span over which density is measured; beyond it the past fades. */
  private static final long SPAN = 32 << 20;

  private final long fileSize;
  private final int initialWindow;
  private final int maxWindow;
  private final RangeConsumer forgotten;
  private final Stream[] streams = new Stream[STREAMS];
  private long clock;

  /**
   * @param fileSize bytes
   * @param initialWindow bytes to fetch ahead of a stream that has just begun
   * @param maxWindow bytes to fetch ahead at most
   * @param forgotten told of what was fetched ahead for a stream that is forgotten
   */
  ReadPattern(long fileSize, int initialWindow, int maxWindow, RangeConsumer forgotten) {
    this.fileSize = fileSize;
    this.initialWindow = initialWindow;
    this.maxWindow = maxWindow;
    this.forgotten = forgotten;
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
  static final class Stream {
    private long start;
    private long next;
    private long gaps;
    private long ahead;
    private int window;
    private long lastUse = -1;

    /** Where what was read or is being fetched ends. */
    long ahead() {
      return Math.max(next, ahead);
    }

    /** Adds a read to the span; returns whether it went forward and the stream is sequential. */
    private boolean take(long from, long to) {
      if (from > next) {
        gaps += from - next;
      } else if (from >= start) {
        gaps = Math.max(0, gaps - Math.min(to, next) + from);
      } else {
        gaps += Math.max(0, start - to);
        start = from;
      }
      boolean forward = to > next;
      next = Math.max(next, to);
      fade();
      return forward && gaps * 2 <= next - start;
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
   * @return the stream that it belongs to, where that one should be fetched further ahead up to
   *     {@link #target}; else null
   */
  Stream onRead(long offset, int length) {
    clock++;
    Stream stream = streamOf(offset);
    if (stream == null) {
      stream = oldest();
      forget(stream);
      begin(stream, offset, length);
      // Whoever starts at the first byte nearly always goes on; elsewhere a second read must
      // confirm it.
      return offset == 0 ? grow(stream) : null;
    }
    stream.lastUse = clock;
    if (!stream.take(offset, offset + length)) {
      return null;
    }
    return stream.ahead() - stream.next <= stream.window / 2 ? grow(stream) : null;
  }

  /**
   * The end of the range that should be had soon, from {@link Stream#ahead} on.
   *
   * @return {@link Stream#ahead} where there is nothing to fetch
   */
  long target(Stream stream) {
    long target = Math.min(fileSize, stream.next + stream.window);
    // Whole pages: a page's worth of chunks costs little more than one of them.
    long aligned = Math.min(fileSize, (target + Pages.SIZE - 1) / Pages.SIZE * Pages.SIZE);
    return Math.max(aligned, stream.ahead());
  }

  /** Tells that everything up to {@code end} is being fetched. */
  void reached(Stream stream, long end) {
    stream.ahead = Math.max(stream.ahead, end);
  }

  /** Tells that for want of room the fetches reach only to {@code end}; the window shrinks. */
  void fellShort(Stream stream, long end) {
    stream.ahead = Math.min(stream.ahead, end);
    stream.window = Math.max(initialWindow, stream.window / 2);
  }

  /** Forgets every stream: the file is closed. */
  void forgetAll() {
    for (Stream stream : streams) {
      forget(stream);
    }
  }

  private void forget(Stream stream) {
    if (stream.lastUse >= 0 && stream.ahead > stream.next) {
      forgotten.accept(stream.next, stream.ahead);
    }
    stream.lastUse = -1;
    stream.ahead = 0;
  }

  private Stream grow(Stream stream) {
    stream.window =
        stream.window == 0 ? firstWindow(stream) : Math.min(maxWindow, stream.window * 2);
    return target(stream) > stream.ahead() ? stream : null;
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
    stream.start = offset;
    stream.next = offset + length;
    stream.gaps = 0;
    stream.window = 0;
    stream.lastUse = clock;
  }
}
