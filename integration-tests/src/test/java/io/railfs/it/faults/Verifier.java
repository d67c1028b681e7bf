// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it.faults;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * The process whose threads read the mount without pause. It is one of its own, so that a hang in
 * the mount is seen from outside of it, and its times are comparable with those of other processes
 * of the machine (both are the kernel's monotonic clock).
 *
 * <p>Says what it sees in lines (see {@link VerifierOutput}) and takes commands the same way:
 * {@code generation SAMPLE N}, {@code pause}, {@code resume}, {@code skew N}.
 */
final class Verifier {
  private static final long TICK_MILLIS = 100;

  private final String mountpoint;
  private final long limitNanos;
  private final VerifierOutput output = new VerifierOutput(System.out);
  private final Known known = new Known(output);
  private final AtomicLongArray goodOfAreas = new AtomicLongArray(Area.ALL.size());
  private final List<Reader> readers = new ArrayList<>();
  private volatile long skew;

  /** Guarded by this. */
  private boolean paused;

  /** Guarded by this: readers that wait. */
  private int idle;

  private Verifier(String mountpoint, long limitNanos, long seed) {
    this.mountpoint = mountpoint;
    this.limitNanos = limitNanos;
    for (int i = 0; i < Reader.STYLES.size(); i++) {
      readers.add(new Reader(i, seed, this, output));
    }
  }

  /**
   * Reads until it is ended.
   *
   * @param arguments the mountpoint, milliseconds after which an operation counts as stuck, the
   *     seed
   */
  public static void main(String[] arguments) throws IOException {
    new Verifier(
            arguments[0],
            TimeUnit.MILLISECONDS.toNanos(Long.parseLong(arguments[1])),
            Long.parseLong(arguments[2]))
        .run();
    // Readers may be stuck in the mount.
    Runtime.getRuntime().halt(0);
  }

  private void run() throws IOException {
    for (Reader reader : readers) {
      start(reader, "reader");
    }
    start(this::watch, "watch");
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      obey(line.split(" ", -1));
    }
  }

  private static void start(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
  }

  private void obey(String[] words) {
    switch (words[0]) {
      case "generation" -> known.announce(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
      case "pause" -> pause(true);
      case "resume" -> pause(false);
      case "skew" -> skew = Long.parseLong(words[1]);
      default -> throw new IllegalArgumentException("no such command: " + words[0]);
    }
  }

  private synchronized void pause(boolean now) {
    paused = now;
    notifyAll();
  }

  /** Returns when readers may go on. */
  synchronized void awaitTurn() {
    idle++;
    if (paused && idle == readers.size()) {
      output.paused();
    }
    while (paused) {
      try {
        wait();
      } catch (InterruptedException e) {
        throw new IllegalStateException("nobody interrupts a reader", e);
      }
    }
    idle--;
  }

  private void watch() {
    while (true) {
      long now = System.nanoTime();
      long operations = 0;
      long worst = 0;
      for (Reader reader : readers) {
        Watched watched = reader.watched;
        if (watched != null) {
          operations += watched.operations;
          worst = Math.max(worst, watched.worstNanos);
          watched.worstNanos = 0;
          look(watched, now);
        }
      }
      output.tick(
          now
              + " "
              + operations
              + " "
              + worst
              + " "
              + joined(readers.stream().mapToLong(reader -> reader.goodNanos))
              + " "
              + joined(
                  LongStream.range(0, goodOfAreas.length()).map(i -> goodOfAreas.get((int) i))));
      try {
        TimeUnit.MILLISECONDS.sleep(TICK_MILLIS);
      } catch (InterruptedException e) {
        throw new IllegalStateException("nobody interrupts the watch", e);
      }
    }
  }

  private static String joined(LongStream numbers) {
    return numbers.mapToObj(Long::toString).collect(Collectors.joining(","));
  }

  private void look(Watched watched, long now) {
    Watched.Current current = watched.current;
    boolean late = current != null && now - current.startNanos() > limitNanos;
    if (late && !Objects.equals(watched.told, current)) {
      watched.told = current;
      watched.tellStuck(current);
    }
  }

  String mountpoint() {
    return mountpoint;
  }

  Known known() {
    return known;
  }

  long skew() {
    return skew;
  }

  void good(Area area, long start) {
    goodOfAreas.accumulateAndGet(Area.ALL.indexOf(area), start, Math::max);
  }
}
