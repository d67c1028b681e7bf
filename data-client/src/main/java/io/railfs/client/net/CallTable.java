// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.net;

import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The calls under way on one connection, by request id. Confined to the connection's event loop,
 * but for {@link #bytesInFlight}.
 */
public final class CallTable {
  private final LongObjectMap<WorkerCall> calls = new LongObjectHashMap<>();
  private final AtomicLong bytesInFlight = new AtomicLong();
  private long lastId;
  private int dropped;

  /** Payload bytes that are still to come, those of calls that are about to start too. */
  long bytesInFlight() {
    return bytesInFlight.get();
  }

  /** Counts a call that will be added; by any thread. */
  void announce(WorkerCall call) {
    bytesInFlight.addAndGet(call.payloadLength());
  }

  /** Adds a call that was announced and returns its request id. */
  long add(WorkerCall call) {
    long id = ++lastId;
    call.setId(id);
    calls.put(id, call);
    return id;
  }

  /** The call with this id, or null. */
  WorkerCall find(long id) {
    return calls.get(id);
  }

  /**
   * Takes note of payload that has come. To be called before a reader gets it: one that has waited
   * for it asks for more at once, and is to find this connection free.
   */
  void arrived(WorkerCall call, int bytes) {
    if (!(call instanceof WorkerCall.Dropped)) {
      call.arrived(bytes);
      bytesInFlight.addAndGet(-bytes);
    }
  }

  void remove(long id) {
    WorkerCall call = calls.remove(id);
    if (call instanceof WorkerCall.Dropped) {
      dropped--;
    } else {
      forget(call);
    }
  }

  private void forget(WorkerCall call) {
    int left = call.payloadLeft();
    if (left > 0) {
      bytesInFlight.addAndGet(-left);
    }
  }

  /** Exchanges that somebody waits for. */
  int live() {
    return calls.size() - dropped;
  }

  /** Exchanges whose answer is awaited only to be forgotten. */
  int dropped() {
    return dropped;
  }

  /** Takes out those whose time is over and leaves a {@link WorkerCall.Dropped} for each. */
  List<WorkerCall> dropExpired(long now) {
    List<WorkerCall> expired = List.of();
    for (LongObjectMap.PrimitiveEntry<WorkerCall> entry : calls.entries()) {
      WorkerCall call = entry.value();
      if (call instanceof WorkerCall.Dropped || !call.isExpired(now)) {
        continue;
      }
      if (expired.isEmpty()) {
        expired = new ArrayList<>();
      }
      expired.add(call);
      entry.setValue(new WorkerCall.Dropped(call));
      forget(call);
      dropped++;
    }
    return expired;
  }

  /**
   * Takes one out and leaves a {@link WorkerCall.Dropped} for it.
   *
   * @return false where it has ended
   */
  boolean drop(WorkerCall call) {
    if (calls.get(call.id()) != call) {
      return false;
    }
    calls.put(call.id(), new WorkerCall.Dropped(call));
    forget(call);
    dropped++;
    return true;
  }

  /** Those that take longer than usual. */
  List<WorkerCall> slow(long now) {
    List<WorkerCall> slow = List.of();
    for (WorkerCall call : calls.values()) {
      if (call.isSlow(now)) {
        if (slow.isEmpty()) {
          slow = new ArrayList<>();
        }
        slow.add(call);
      }
    }
    return slow;
  }

  /** Takes out all that somebody waits for. */
  List<WorkerCall> clear() {
    List<WorkerCall> live =
        calls.values().stream().filter(e -> !(e instanceof WorkerCall.Dropped)).toList();
    calls.clear();
    dropped = 0;
    return live;
  }
}
