// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.listings;

import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.worker.ufs.Listing;
import io.railfs.worker.ufs.UfsException;
import io.railfs.worker.ufs.Watch;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory that is read from the UFS once, as fast as that gives it, and reported to all who
 * ask.
 *
 * <pre>
 *   RUNNING --last part--> COMPLETE
 *      |------UFS failed--> FAILED   its followers fail, once; nobody else hears of it
 *      \------no room, or nobody follows any more--> LOST
 * </pre>
 *
 * Everything but {@link #run} is called under the owner's lock.
 */
final class SharedListing {
  private static final Logger log = LoggerFactory.getLogger(SharedListing.class);

  /** A listing of which nothing came for so long may hang: whoever asks now asks again. */
  private static final long STUCK_NANOS = TimeUnit.SECONDS.toNanos(5);

  private enum State {
    RUNNING,
    COMPLETE,
    FAILED,
    LOST
  }

  private final RememberedListings owner;
  private final RailPath path;

  /** Whether it serves for a moment only, because its directory changes all the time. */
  private final boolean isBrief;

  private final long begunNanos = System.nanoTime();
  private final List<Part> parts = new ArrayList<>();
  private List<Runnable> waiting = new ArrayList<>();
  private State state = State.RUNNING;
  private UfsException failure;
  private long progressNanos = begunNanos;
  private long tookNanos;
  private long bytes;
  private int followers;
  private boolean remembered;
  private Watch watch = Watch.NONE;

  /** Used by one pool thread at a time. */
  private Listing listing;

  SharedListing(RememberedListings owner, RailPath path, boolean isBrief) {
    this.owner = owner;
    this.path = path;
    this.isBrief = isBrief;
  }

  RailPath path() {
    return path;
  }

  /** By a pool thread: reads a part, and has the next one read. */
  void run() {
    try {
      if (owner.isWanted(this)) {
        readPart();
      } else {
        closeListing();
      }
    } catch (UfsException e) {
      fail(e);
    } catch (RuntimeException | Error e) {
      log.error("listing {} failed; the clients get an error", path, e);
      fail(
          new UfsException(
              ErrorCode.WORKER_FAILED, "the worker failed at '" + path + "'; see its log", e));
    }
  }

  private void readPart() throws UfsException {
    if (listing == null) {
      open();
    }
    Part part = Part.read(listing);
    if (part.isLast()) {
      closeListing();
    }
    if (!owner.add(this, part)) {
      closeListing();
    } else if (!part.isLast()) {
      owner.submit(this);
    }
  }

  private void open() throws UfsException {
    listing = isBrief ? owner.ufs().list(path) : owner.ufs().listWatched(path, this::onChange);
    synchronized (owner) {
      watch = listing.watch();
      if (!remembered) {
        watch.close();
      }
    }
  }

  private void onChange() {
    owner.changed(this);
  }

  /** By whoever runs it, or would. */
  void fail(UfsException cause) {
    closeListing();
    owner.failed(this, cause);
  }

  private void closeListing() {
    if (listing != null) {
      listing.close();
    }
  }

  /** Whether it may answer who asks now. */
  boolean answers(long nowNanos, long maxAgeMillis, long sinceMillis) {
    long age = nowNanos - begunNanos;
    if (maxAgeMillis == 0
        || (sinceMillis > 0 && age > TimeUnit.MILLISECONDS.toNanos(sinceMillis))) {
      return false;
    }
    if (state == State.RUNNING) {
      return nowNanos - progressNanos < STUCK_NANOS;
    }
    long most = Math.max(TimeUnit.MILLISECONDS.toNanos(maxAgeMillis), tookNanos + tookNanos / 2);
    return state == State.COMPLETE
        && age <= (isBrief ? Math.min(most, RememberedListings.PAUSE_NANOS) : most);
  }

  long ageNanos(long nowNanos) {
    return Math.max(0, nowNanos - begunNanos);
  }

  void join() {
    followers++;
  }

  void leave() {
    followers--;
  }

  boolean isFollowed() {
    return followers > 0;
  }

  boolean isRunning() {
    return state == State.RUNNING;
  }

  boolean isLost() {
    return state == State.LOST;
  }

  /** Whether nobody needs its memory but who asks later. */
  boolean isIdle() {
    return followers == 0 && state != State.RUNNING;
  }

  long bytes() {
    return bytes;
  }

  long tookNanos() {
    return tookNanos;
  }

  /** Whether it may answer who comes. */
  boolean isRemembered() {
    return remembered;
  }

  void setRemembered(boolean is) {
    remembered = is;
    if (!is) {
      watch.close();
    }
  }

  /** The part of this number, or null where that is to come, and then {@code later} runs. */
  Part part(int index, Runnable later) throws UfsException {
    if (index < parts.size()) {
      return parts.get(index);
    }
    if (state == State.FAILED) {
      throw failure;
    }
    if (state != State.RUNNING) {
      throw new IllegalStateException("there is no part behind the last one");
    }
    waiting.add(later);
    return null;
  }

  /** Takes a part whose memory was taken; returns who waits for it. */
  List<Runnable> add(Part part) {
    parts.add(part);
    progressNanos = System.nanoTime();
    if (part.isLast()) {
      tookNanos = progressNanos - begunNanos;
      state = State.COMPLETE;
    }
    return takeWaiting();
  }

  /** Its memory was taken. */
  void take(long moreBytes) {
    bytes += moreBytes;
  }

  List<Runnable> fail(UfsException cause, boolean isLost) {
    if (state == State.RUNNING) {
      failure = cause;
      state = isLost ? State.LOST : State.FAILED;
    }
    return takeWaiting();
  }

  private List<Runnable> takeWaiting() {
    List<Runnable> all = waiting;
    waiting = new ArrayList<>();
    return all;
  }

  /** Nobody asks for it any more; returns the bytes that are free now. */
  long drop() {
    parts.clear();
    long free = bytes;
    bytes = 0;
    return free;
  }
}
