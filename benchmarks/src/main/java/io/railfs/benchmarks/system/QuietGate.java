// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;

/**
 * Waits until the machine is quiet: its processors idle, and a fixed piece of work near the best
 * time that it ever took here, for a virtual machine's neighbours do not show as its own work. The
 * wait is bounded, and short where many before it were given up: what runs beside may be the peers,
 * which never rest. How often it was given up is counted.
 */
public final class QuietGate {
  private static final double IDLE = 0.85;
  private static final double NEAR = 1.25;
  private static final long SAMPLE_MILLIS = 100;
  private static final int HASHED = 32 << 20;

  /** Waits given up in a row after which it is only looked, now and then, whether it is quiet. */
  private static final int HOPELESS = 8;

  private static final int LOOK_EACH = 10;

  private final long waitNanos;
  private final byte[] bytes = new byte[HASHED];
  private long bestNanos = Long.MAX_VALUE;
  private long sink;
  private int passed;
  private int gaveUp;
  private int gaveUpInARow;

  /**
   * @param waitSeconds longest wait
   */
  public QuietGate(int waitSeconds) {
    waitNanos = TimeUnit.SECONDS.toNanos(waitSeconds);
    for (int i = 0; i < 10; i++) {
      hash();
    }
  }

  /** Returns when it is quiet, or when the longest wait is over. */
  public void await() throws BenchException, InterruptedException {
    boolean hopeless = gaveUpInARow >= HOPELESS;
    if (hopeless && gaveUpInARow % LOOK_EACH != 0) {
      gaveUp++;
      gaveUpInARow++;
      return;
    }
    long end = System.nanoTime() + (hopeless ? 0 : waitNanos);
    while (!isQuiet()) {
      if (System.nanoTime() - end > 0) {
        gaveUp++;
        gaveUpInARow++;
        return;
      }
    }
    passed++;
    gaveUpInARow = 0;
  }

  private boolean isQuiet() throws BenchException, InterruptedException {
    long[] before = ticks();
    Thread.sleep(SAMPLE_MILLIS);
    long[] after = ticks();
    long all = after[1] - before[1];
    return all > 0 && (double) (after[0] - before[0]) / all > IDLE && hash() < bestNanos * NEAR;
  }

  private long hash() {
    long start = System.nanoTime();
    CRC32 crc = new CRC32();
    crc.update(bytes);
    sink += crc.getValue();
    long nanos = System.nanoTime() - start;
    bestNanos = Math.min(bestNanos, nanos);
    return nanos;
  }

  /** Idle and all ticks of all processors. */
  private static long[] ticks() throws BenchException {
    try {
      String first = Files.readAllLines(Path.of("/proc/stat")).get(0);
      long[] ticks =
          Arrays.stream(first.strip().split(" +"))
              .skip(1)
              .limit(8)
              .mapToLong(Long::parseLong)
              .toArray();
      return new long[] {ticks[3] + ticks[4], Arrays.stream(ticks).sum()};
    } catch (IOException e) {
      throw new BenchException("/proc/stat cannot be read", e);
    }
  }

  /** How often it was quiet. */
  public int passed() {
    return passed;
  }

  /** How often the wait was given up. */
  public int gaveUp() {
    return gaveUp;
  }

  /** The best time of the fixed work. */
  public double bestMillis() {
    return sink == 0 ? 0 : bestNanos / 1e6;
  }
}
