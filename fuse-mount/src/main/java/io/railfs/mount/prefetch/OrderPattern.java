// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.prefetch;

/**
 * Recognises readers who take files one after the other in some order (a directory's listing, the
 * order of the last epoch), given the positions in that order of the files that were read. Pure
 * arithmetic, one instance an order, guarded by its caller.
 *
 * <p>Several readers are followed at a time, each with its place in the order: the processes of a
 * data loader, each with its batch. Files next to each other are closed out of order, so a reader
 * is wherever its position is within {@link #SLACK} of where it is expected.
 *
 * <p>What was fetched and passed by without being read is counted as missed. When a quarter is, the
 * order is taken for the wrong one: predictions go on for the sake of counting, but nothing is
 * fetched until they come true again.
 */
final class OrderPattern {
  /** How far files of one reader may be read out of order. */
  static final int SLACK = 16;

  /** Readers followed at a time; more are the processes of a large loader. */
  static final int READERS = 32;

  /** Files read in a row that make a reader; by chance, neighbours are rare. */
  static final int PROOF = 3;

  /** The files over which gaps are counted; beyond it the past fades. */
  private static final int SPAN = 256;

  /** Files read since a reader was last seen, beyond which it counts as gone. */
  private static final int RECENT = 256;

  /** Files that may be missed before it counts. */
  private static final int FREE_MISSES = 16;

  private static final long NEVER = -RECENT;

  /** Predictions counted; beyond it the past fades. */
  private static final int MEMORY = 512;

  private final int maxWindow;
  private final Reader[] readers = new Reader[READERS];
  private long clock;
  private int orderly;

  /** Where a reader's window starts: at half of what others came to need, as a batch is short. */
  private int firstWindow = 2;

  private int used;
  private int missed;

  /**
   * @param maxWindow files to fetch ahead of a reader at most
   */
  OrderPattern(int maxWindow) {
    this.maxWindow = maxWindow;
    for (int i = 0; i < READERS; i++) {
      readers[i] = new Reader();
    }
  }

  /**
   * Files to fetch: the positions from {@code start}, up to and without {@code end}.
   *
   * @param reader for {@link #fellShort}
   */
  record Span(Reader reader, long start, long end) {}

  /** A reader of file after file. */
  static final class Reader {
    private long start;
    private long next;
    private long gaps;
    private long ahead;
    private int window;
    private boolean waited;
    private long lastUse = NEVER;

    private boolean isOrderly() {
      return next - start >= PROOF && gaps * 4 <= next - start;
    }

    private void fade() {
      if (next - start > SPAN) {
        start = next - SPAN / 2;
        gaps /= 2;
      }
    }
  }

  /**
   * Takes note of a file that was read.
   *
   * @param end how many positions the order has
   * @param waited whether its reader had to wait for its content
   * @return the files to fetch now, or null
   */
  Span onRead(long position, long end, boolean waited) {
    clock++;
    Reader reader = readerAt(position);
    if (reader == null) {
      begin(oldest(), position);
      return null;
    }
    reader.lastUse = clock;
    reader.waited |= waited;
    if (position >= reader.next) {
      advance(reader, position);
    } else {
      fill(reader, position);
    }
    fade();
    if (!reader.isOrderly()) {
      return null;
    }
    orderly = Math.min(orderly + 1, 1 << 20);
    return refill(reader, end);
  }

  /** Whether what it predicts comes true. */
  boolean isTrusted() {
    return missed <= FREE_MISSES + used / 4;
  }

  private void advance(Reader reader, long position) {
    if (position < reader.ahead) {
      used++;
    }
    long skipped = Math.min(position, reader.ahead) - reader.next;
    missed += (int) Math.max(0, skipped);
    reader.gaps += position - reader.next;
    reader.next = position + 1;
    reader.fade();
  }

  private void fill(Reader reader, long position) {
    reader.gaps = Math.max(0, reader.gaps - 1);
    if (position < reader.ahead && missed > 0) {
      missed--;
      used++;
    }
  }

  private Span refill(Reader reader, long end) {
    long from = Math.max(reader.next, reader.ahead);
    if (from - reader.next > reader.window / 2) {
      return null;
    }
    if (reader.window == 0) {
      reader.window = firstWindow;
    } else if (reader.waited) {
      reader.window *= 2;
      firstWindow = Math.max(firstWindow, reader.window / 2);
    }
    reader.waited = false;
    // Never more than a tenth of what was read already: a reader that stops has wasted little.
    reader.window = Math.min(reader.window, Math.min(maxWindow, Math.max(2, orderly / 10)));
    long to = Math.min(end, reader.next + reader.window);
    for (Reader other : readers) {
      // Where another one is or has just been, nothing need be fetched.
      if (other != reader && other.lastUse > clock - RECENT && other.start >= reader.next) {
        to = Math.min(to, other.start);
      }
    }
    if (to <= from) {
      return null;
    }
    reader.ahead = to;
    return isTrusted() ? new Span(reader, from, to) : null;
  }

  /** For want of room the files are fetched only up to {@code end}. */
  void fellShort(Span span, long end) {
    if (span.reader().ahead == span.end()) {
      span.reader().ahead = end;
      span.reader().window = Math.max(1, span.reader().window / 2);
    }
  }

  private void fade() {
    if (used + missed > MEMORY) {
      used /= 2;
      missed /= 2;
    }
  }

  private Reader readerAt(long position) {
    Reader best = null;
    for (Reader reader : readers) {
      long distance = Math.abs(position - reader.next);
      if (reader.lastUse != NEVER
          && distance <= SLACK
          && position >= reader.start
          && (best == null || distance < Math.abs(position - best.next))) {
        best = reader;
      }
    }
    return best;
  }

  private Reader oldest() {
    Reader oldest = readers[0];
    for (Reader reader : readers) {
      if (reader.lastUse < oldest.lastUse) {
        oldest = reader;
      }
    }
    return oldest;
  }

  private void begin(Reader reader, long position) {
    if (reader.lastUse != NEVER && reader.ahead > reader.next) {
      missed += (int) (reader.ahead - reader.next);
      firstWindow = Math.max(2, firstWindow / 2);
    }
    reader.start = position;
    reader.next = position + 1;
    reader.gaps = 0;
    reader.ahead = takeOver(reader, position);
    reader.window = 0;
    reader.waited = false;
    reader.lastUse = clock;
  }

  /**
   * A reader that starts where another one has fetched already goes on with that; returns its end.
   */
  private long takeOver(Reader fresh, long position) {
    for (Reader reader : readers) {
      if (reader.lastUse != NEVER
          && reader != fresh
          && reader.next <= position
          && position < reader.ahead) {
        long ahead = reader.ahead;
        reader.ahead = position;
        used++;
        return ahead;
      }
    }
    return 0;
  }
}
