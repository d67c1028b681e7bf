// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.prefetch;

import io.railfs.protocol.Chunks;

/**
 * Recognises reads of records that lie a constant distance apart, forward or backward, among the
 * reads of one open file. Pure arithmetic on offsets, one instance an open file, guarded by its
 * caller.
 *
 * <p>A record may arrive in several reads, in any order. The kernel reads whole pages of its own,
 * so the starts of records that do not lie on their boundaries are up to one such page off; the
 * distance is measured over all steps and therefore exact in the long run.
 *
 * <pre>
 *     record        record        record  . . .  to be fetched
 *   |=====|-------|=====|-------|=====|-------|=====|
 *   first                       last
 *   |---- steps * distance -----|
 * </pre>
 */
final class StridePattern implements Plan.Source {
  /** Records further apart than this cost a seek anyway; and every random jump would be one. */
  static final long MAX_DISTANCE = 64 << 20;

  /** Equal distances in a row that prove a stride: by chance three are as good as never equal. */
  static final int PROOF = 3;

  private static final int CERTAINTY = 16;
  private static final int KERNEL_PAGE = 4096;
  private static final int TRACKS = 4;

  private final long fileSize;
  private final int maxWindow;
  private final ReadPattern.RangeConsumer forgotten;
  private final Track[] tracks = new Track[TRACKS];
  private Track latest;
  private long clock;

  /**
   * @param fileSize bytes
   * @param maxWindow bytes of records to fetch ahead at most; 0: none
   * @param forgotten called with what was fetched ahead for a stride that has ended
   */
  StridePattern(long fileSize, int maxWindow, ReadPattern.RangeConsumer forgotten) {
    this.fileSize = fileSize;
    this.maxWindow = maxWindow;
    this.forgotten = forgotten;
    for (int i = 0; i < TRACKS; i++) {
      tracks[i] = new Track();
    }
    latest = tracks[0];
  }

  private static final class Track {
    private long first;
    private long last;

    /** Bytes of a record: of this one as far as it was read, or of the one before. */
    private long length;

    /**
     * Bytes of this record that were read. The kernel reads more than was asked for at the start of
     * a file; what one record had too much, the next ones are not to have.
     */
    private long extent;

    private long distance;
    private int steps;
    private int ahead;
    private int window;
    private boolean exact;
    private boolean waited;
    private long lastUse = -1;

    void begin(long offset, int count) {
      first = offset;
      last = offset;
      length = count;
      extent = count;
      distance = 0;
      steps = 0;
      ahead = 0;
      window = 0;
      exact = true;
    }

    /** Where the next record is expected. */
    long next() {
      return last + distance;
    }

    boolean isNext(long offset) {
      long off = offset - next();
      return steps > 0 && off >= -KERNEL_PAGE && off < Math.max(length, KERNEL_PAGE + 1);
    }

    /** Takes a read as another part of the current record. */
    boolean extend(long offset, int count) {
      long end = offset + count - last;
      if (offset < last || offset > last + length || (steps > 0 && end > Math.abs(distance))) {
        return false;
      }
      extent = Math.max(extent, end);
      length = Math.max(length, end);
      return true;
    }

    void step(long offset, int count) {
      long off = offset - next();
      boolean isStart = Math.abs(off) <= KERNEL_PAGE;
      exact &= off == 0 || !isStart;
      last = isStart ? offset : next();
      long before = extent;
      extent = offset + count - last;
      length = Math.max(before, extent);
      steps++;
      distance = (last - first) / steps;
      ahead = Math.max(0, ahead - 1);
    }
  }

  /** Whether the last read belongs to a stride that is proved. */
  boolean isProved() {
    return latest.steps >= PROOF;
  }

  /** Whether it has gone on for so long that nothing else looks like it. */
  boolean isCertain() {
    return latest.steps >= CERTAINTY;
  }

  /**
   * Takes note of a read.
   *
   * @param waited whether the reader had to wait for its bytes
   * @return what to fetch ahead, or null
   */
  Plan onRead(long offset, int count, boolean waited) {
    clock++;
    Track track = take(offset, count);
    latest = track;
    track.lastUse = clock;
    track.waited |= waited;
    if (track.steps < PROOF || track.ahead > track.window / 2) {
      return null;
    }
    return refill(track);
  }

  private Track take(long offset, int count) {
    for (Track track : tracks) {
      if (track.lastUse >= 0 && track.extend(offset, count)) {
        return track;
      }
    }
    for (Track track : tracks) {
      if (track.lastUse >= 0 && track.isNext(offset)) {
        track.step(offset, count);
        return track;
      }
    }
    if (latest.lastUse >= 0 && latest.steps < PROOF && mayBeStride(latest, offset, count)) {
      long before = latest.last;
      long extent = Math.max(latest.extent, count);
      latest.begin(before, count);
      latest.extent = extent;
      latest.distance = offset - before;
      latest.step(offset, count);
      return latest;
    }
    Track oldest = oldest();
    forget(oldest);
    oldest.begin(offset, count);
    return oldest;
  }

  private static boolean mayBeStride(Track track, long offset, int count) {
    long distance = Math.abs(offset - track.last);
    return distance <= MAX_DISTANCE && distance >= count && distance >= track.length;
  }

  private Track oldest() {
    Track oldest = tracks[0];
    for (Track track : tracks) {
      if (track.lastUse < oldest.lastUse) {
        oldest = track;
      }
    }
    return oldest;
  }

  /** Forgets every stride: the file is closed. */
  void forgetAll() {
    for (Track track : tracks) {
      forget(track);
    }
  }

  private void forget(Track track) {
    for (int i = 1; i <= track.ahead; i++) {
      long start = Math.max(0, track.last + i * track.distance);
      long end = Math.min(fileSize, track.last + i * track.distance + track.length);
      if (start < end) {
        forgotten.accept(start, end);
      }
    }
    track.ahead = 0;
  }

  private Plan refill(Track track) {
    long bytes = Chunks.alignUp(track.length);
    // Never more than an eighth of what was read already: a reader that stops has wasted little.
    long most = Math.min(maxWindow / bytes, Math.max(2, track.steps / 8));
    if (track.window == 0) {
      track.window = 2;
    } else if (track.waited) {
      track.window *= 2;
    }
    track.window = (int) Math.min(most, track.window);
    track.waited = false;
    int count = track.window - track.ahead;
    if (count <= 0) {
      return null;
    }
    // Where it starts may be off by a page, and the distance by its share of one.
    long slack = track.exact ? 0 : KERNEL_PAGE + (long) KERNEL_PAGE * track.window / track.steps;
    long start = track.last + (track.ahead + 1L) * track.distance - slack;
    track.ahead += count;
    boolean isOutside = track.distance > 0 ? start >= fileSize : start + track.length <= 0;
    return isOutside
        ? null
        : new Plan(this, start, track.length + 2 * slack, track.distance, count);
  }

  @Override
  public void fellShort(Plan plan, long done) {
    for (Track track : tracks) {
      if (track.distance == plan.stride()) {
        track.ahead = Math.max(0, track.ahead - (int) ((plan.bytes() - done) / plan.length()));
        track.window = Math.max(1, track.window / 2);
      }
    }
  }
}
