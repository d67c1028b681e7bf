// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;

/** Streams of reads of one file, each on a thread of its own. */
public final class ReadWorkload {
  private static final long PROGRESS_MILLIS = 250;

  /** For reads under way when the time is over. */
  private static final long TIMEOUT_SECONDS = 60;

  private ReadWorkload() {}

  /** Reads the region once, in order, by as many streams: what follows is hot. */
  public static void warmUp(ReadSource source, WorkloadPlan plan, LongConsumer progress)
      throws IOException, InterruptedException {
    LongAdder bytes = new LongAdder();
    run(source, plan, Long.MAX_VALUE, true, bytes, progress);
  }

  /**
   * Reads for the time of the plan.
   *
   * @param progress takes the bytes so far, a few times a second
   */
  public static WorkloadResult run(ReadSource source, WorkloadPlan plan, LongConsumer progress)
      throws IOException, InterruptedException {
    LongAdder bytes = new LongAdder();
    ProcessorTime before = ProcessorTime.now();
    long started = System.nanoTime();
    List<ReadStream> streams =
        run(source, plan, started + plan.duration().toNanos(), false, bytes, progress);
    long nanos = System.nanoTime() - started;
    double share = ProcessorTime.now().shareSince(before);
    long[] times = streams.stream().flatMapToLong(s -> Arrays.stream(s.times())).sorted().toArray();
    return new WorkloadResult(
        bytes.sum(),
        streams.stream().mapToLong(ReadStream::reads).sum(),
        nanos,
        times.length == 0 ? 0 : times[times.length / 2],
        times.length == 0 ? 0 : times[(int) (times.length * 99L / 100)],
        share);
  }

  private static List<ReadStream> run(
      ReadSource source,
      WorkloadPlan plan,
      long endNanos,
      boolean once,
      LongAdder bytes,
      LongConsumer progress)
      throws IOException, InterruptedException {
    ExecutorService threads = Executors.newFixedThreadPool(plan.streams());
    try {
      List<ReadStream> streams = new ArrayList<>();
      List<Future<?>> ends = new ArrayList<>();
      for (int i = 0; i < plan.streams(); i++) {
        ReadStream stream = new ReadStream(source, plan, i, bytes);
        streams.add(stream);
        ends.add(
            threads.submit(
                () -> {
                  stream.run(endNanos, once);
                  return null;
                }));
      }
      long timeout = once ? Long.MAX_VALUE : endNanos + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
      for (Future<?> end : ends) {
        await(end, timeout, bytes, progress);
      }
      return streams;
    } finally {
      threads.shutdownNow();
    }
  }

  private static void await(Future<?> end, long endNanos, LongAdder bytes, LongConsumer progress)
      throws IOException, InterruptedException {
    while (true) {
      try {
        end.get(PROGRESS_MILLIS, TimeUnit.MILLISECONDS);
        return;
      } catch (TimeoutException e) {
        progress.accept(bytes.sum());
        if (endNanos != Long.MAX_VALUE && System.nanoTime() - endNanos > 0) {
          throw new IOException("a read does not end", e);
        }
      } catch (ExecutionException e) {
        throw new IOException(String.valueOf(e.getCause().getMessage()), e.getCause());
      }
    }
  }
}
