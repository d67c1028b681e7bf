package io.railfs.client;

import java.util.concurrent.atomic.LongAdder;

/** The counters of one worker; {@link WorkerStats} says what they mean. Thread-safe. */
final class WorkerCounters {
  private final LongAdder bytesReceived = new LongAdder();
  private final LongAdder fetches = new LongAdder();
  private final LongAdder retries = new LongAdder();
  private final LongAdder checksumFailures = new LongAdder();

  void attempt(boolean retry) {
    fetches.increment();
    if (retry) {
      retries.increment();
    }
  }

  void received(int bytes) {
    bytesReceived.add(bytes);
  }

  void checksumFailed() {
    checksumFailures.increment();
  }

  WorkerStats snapshot(
      Endpoint endpoint, String id, boolean connected, String lastError, long bytesInFlight) {
    return new WorkerStats(
        endpoint,
        id,
        connected,
        lastError,
        bytesReceived.sum(),
        fetches.sum(),
        retries.sum(),
        checksumFailures.sum(),
        bytesInFlight);
  }
}
