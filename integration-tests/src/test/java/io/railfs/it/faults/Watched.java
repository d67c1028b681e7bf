// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it.faults;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * Times the operations of one reader. The reader calls {@link #time}; others look at the fields.
 *
 * <p>What counts is the time that the operation took, without the time for which this thread was
 * ready to run and got no processor: the kernel counts that for each thread (schedstat), and it is
 * the machine's, not the mount's.
 */
final class Watched {
  /** An operation under way. */
  record Current(OperationKind kind, String path, long offset, long startNanos) {}

  /** An operation of the mount. */
  interface Call<T> {
    T run() throws IOException;
  }

  private static final long TELL_NANOS = 1_000_000_000L;

  private final Reader.Style by;
  private final VerifierOutput output;
  private final RandomAccessFile delays;
  private final byte[] line = new byte[128];

  /** Null between operations. */
  volatile Current current;

  /** Whether {@link #current} was told as stuck. */
  volatile Current told;

  volatile long operations;
  volatile long worstNanos;

  /** To be made in the thread that reads. */
  Watched(Reader.Style by, VerifierOutput output) {
    this.by = by;
    this.output = output;
    try {
      this.delays = new RandomAccessFile("/proc/thread-self/schedstat", "r");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Says of an operation that has not ended. */
  void tellStuck(Current operation) {
    output.stuck(by, operation);
  }

  /** Nanoseconds for which this thread was ready and did not run. */
  private long delayNanos() throws IOException {
    delays.seek(0);
    int count = delays.read(line);
    String[] numbers = new String(line, 0, count, StandardCharsets.US_ASCII).split(" ", -1);
    return Long.parseLong(numbers[1]);
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // One thread writes.
  <T> T time(OperationKind kind, String path, long offset, Call<T> call) throws IOException {
    long delay = delayNanos();
    long start = System.nanoTime();
    Current operation = new Current(kind, path, offset, start);
    current = operation;
    String failure = null;
    try {
      return call.run();
    } catch (IOException e) {
      failure = VerifierOutput.errno(e);
      throw e;
    } finally {
      long end = System.nanoTime();
      current = null;
      long own = end - start - (delayNanos() - delay);
      operations++;
      worstNanos = Math.max(worstNanos, own);
      if (failure != null || own > TELL_NANOS) {
        output.ended(by, operation, failure, end, own);
      }
    }
  }
}
