// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import io.railfs.worker.objects.ObjectException.Kind;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Reads a part of an object as ranges, several at once, and copies them into one buffer in their
 * order. One for each read; used by one thread.
 */
final class RangeReader {
  private final StoreClient client;
  private final String key;
  private final long offset;
  private final ByteBuffer target;
  private final Deadline deadline;
  private final int length;
  private final Deque<Range> flying = new ArrayDeque<>();
  private int started;

  /** A range on its way. */
  private record Range(StoreCall<byte[]> call, int length, StoreClient.Attempt<byte[]> attempt) {}

  RangeReader(StoreClient client, String key, long offset, ByteBuffer target, Deadline deadline) {
    this.client = client;
    this.key = key;
    this.offset = offset;
    this.target = target;
    this.deadline = deadline;
    this.length = target.remaining();
  }

  /** Fills what remains of the target, or fails. */
  void read() throws ObjectException {
    boolean done = false;
    try {
      while (target.hasRemaining()) {
        launch();
        Range first = flying.remove();
        byte[] bytes = client.finish(first.attempt(), first.call(), first.length(), deadline);
        if (bytes.length != first.length()) {
          throw new ObjectException(Kind.OTHER_OBJECT, "it is shorter than it was");
        }
        target.put(bytes);
      }
      done = true;
    } finally {
      if (!done) {
        flying.forEach(range -> range.attempt().forget());
      }
    }
  }

  /** One range at least; more only where there is room for them at once. */
  private void launch() throws ObjectException {
    while (started < length && flying.size() < client.limits().rangesPerBlock()) {
      int size = Math.min(client.limits().rangeSize(), length - started);
      long from = offset + started;
      StoreCall<byte[]> call = operator -> operator.read("/" + key, from, size);
      StoreClient.Attempt<byte[]> attempt =
          flying.isEmpty()
              ? client.start(call, size, deadline)
              : client.tryStart(call, size, deadline);
      if (attempt == null) {
        return;
      }
      flying.add(new Range(call, size, attempt));
      started += size;
    }
  }
}
