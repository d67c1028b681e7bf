package io.railfs.client.cluster;

import io.railfs.client.RailStats;
import io.railfs.client.WorkerFacts;
import io.railfs.client.WorkerStats;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** The counters of one worker; {@link WorkerStats} says what they mean. Thread-safe. */
public final class WorkerCounters {
  private final LongAdder bytesReceived = new LongAdder();
  private final LongAdder fetches = new LongAdder();
  private final LongAdder retries = new LongAdder();
  private final LongAdder checksumFailures = new LongAdder();
  private final LongAdder fallbacks = new LongAdder();

  public void attempt(boolean retry) {
    fetches.increment();
    if (retry) {
      retries.increment();
    }
  }

  public void received(int bytes) {
    bytesReceived.add(bytes);
  }

  public void checksumFailed() {
    checksumFailures.increment();
  }

  void fellBack() {
    fallbacks.increment();
  }

  WorkerStats snapshot(WorkerFacts facts, String problem, List<RailStats> rails) {
    return new WorkerStats(
        facts,
        problem.isEmpty(),
        problem,
        bytesReceived.sum(),
        fetches.sum(),
        retries.sum(),
        checksumFailures.sum(),
        rails.stream().mapToLong(RailStats::bytesInFlight).sum(),
        fallbacks.sum(),
        rails);
  }
}
