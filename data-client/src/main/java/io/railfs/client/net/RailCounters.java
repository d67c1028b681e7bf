package io.railfs.client.net;

import java.util.concurrent.atomic.LongAdder;

/**
 * What went over one rail, connections that have ended included; counted once for each buffer, not
 * for each read. Thread-safe.
 */
public final class RailCounters {
  private final LongAdder received = new LongAdder();
  private final LongAdder sent = new LongAdder();

  void received(int bytes) {
    received.add(bytes);
  }

  void sent(int bytes) {
    sent.add(bytes);
  }

  long received() {
    return received.sum();
  }

  long sent() {
    return sent.sum();
  }
}
