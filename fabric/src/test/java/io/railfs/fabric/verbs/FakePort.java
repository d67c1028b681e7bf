// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.verbs;

import static io.railfs.fabric.verbs.FakeNetwork.LOCK;
import static java.util.Objects.requireNonNull;

import io.railfs.fabric.FabricException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** An open port of a {@link FakeDevice}. */
final class FakePort implements VerbsPort {
  /** Within which whoever takes events takes one. */
  private static final int EVENT_MILLIS = 5_000;

  private final FakeDevice device;
  private final VerbsSettings settings;
  private final Deque<PortEvent> events = new ArrayDeque<>();
  private final Deque<Completion> completions = new ArrayDeque<>();
  private final Deque<Posted> receives = new ArrayDeque<>();
  private final List<MemoryRegion> regions = new ArrayList<>();
  private final List<FakeQueue> queues = new ArrayList<>();
  private final Deque<Late> late = new ArrayDeque<>();
  private boolean awaitsEvents;
  private boolean armed;
  private boolean woken;
  private boolean closed;
  private int listenPort;

  /** Memory that waits for a message. */
  record Posted(long id, MemoryRegion region, int offset, int length) {}

  /** A completion that comes once a poll has found nothing, and the queue pair that it is of. */
  private record Late(FakeQueue queue, Completion completion) {}

  FakePort(FakeDevice device, VerbsSettings settings) {
    this.device = requireNonNull(device, "device is null");
    this.settings = requireNonNull(settings, "settings is null");
  }

  FakeDevice device() {
    return device;
  }

  VerbsSettings.Needs needs() {
    return settings.needs();
  }

  int listenPort() {
    return listenPort;
  }

  int queueCount() {
    return queues.size();
  }

  @Override
  public PortFacts facts() {
    return new PortFacts(device.name(), 1, "Ethernet", "::ffff:127.0.0.1", 4096);
  }

  @Override
  public MemoryRegion register(ByteBuffer memory) {
    synchronized (LOCK) {
      MemoryRegion region = new MemoryRegion(memory, 0, regions.size() + 1);
      regions.add(region);
      return region;
    }
  }

  void requireRegistered(MemoryRegion region, int offset, int length) {
    if (closed || !regions.contains(region)) {
      FakeNetwork.breach("memory that is not registered was posted");
    }
    if (offset < 0 || length <= 0 || offset + length > region.memory().capacity()) {
      FakeNetwork.breach("memory behind its end was posted: " + offset + ", " + length);
    }
  }

  @Override
  public void postReceive(long id, MemoryRegion region, int offset, int length)
      throws FabricException {
    synchronized (LOCK) {
      requireRegistered(region, offset, length);
      if (receives.size() >= needs().receives()) {
        throw new FabricException("the shared receive queue is full");
      }
      for (Posted other : receives) {
        if (other.id() == id) {
          FakeNetwork.breach("receive " + id + " was posted twice");
        }
      }
      receives.add(new Posted(id, region, offset, length));
      move();
    }
  }

  Posted takeReceive() {
    return receives.poll();
  }

  boolean hasReceive() {
    return !receives.isEmpty();
  }

  void complete(Completion completion) {
    if (device.isRemoved()) {
      return;
    }
    completions.add(completion);
    if (completions.size() > needs().completions()) {
      FakeNetwork.breach("the completion queue overran");
      give(PortEvent.of(PortEvent.Kind.REMOVED, null, "the completion queue overran"));
    }
    if (armed) {
      armed = false;
      woken = !device.losesWakeups();
      LOCK.notifyAll();
    }
  }

  @Override
  public int poll(Completion[] into) throws FabricException {
    synchronized (LOCK) {
      int count = 0;
      while (count < into.length && !completions.isEmpty()) {
        into[count++] = completions.remove();
      }
      if (count == 0 && !late.isEmpty()) {
        Late next = late.remove();
        complete(next.completion);
        give(PortEvent.of(PortEvent.Kind.DRAINED, next.queue, ""));
        waitFor(EVENT_MILLIS, () -> awaitsEvents && events.isEmpty());
      }
      return count;
    }
  }

  @Override
  public void arm() {
    synchronized (LOCK) {
      armed = true;
    }
  }

  @Override
  public boolean await(int millis) throws FabricException {
    synchronized (LOCK) {
      waitFor(millis, () -> woken);
      boolean was = woken;
      woken = false;
      return was;
    }
  }

  private interface Condition {
    boolean holds();
  }

  private static void waitFor(int millis, Condition condition) throws FabricException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    try {
      while (!condition.holds()) {
        long left = end - System.nanoTime();
        if (left <= 0) {
          return;
        }
        LOCK.wait(TimeUnit.NANOSECONDS.toMillis(left) + 1);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FabricException("interrupted", e);
    }
  }

  @Override
  public int listen() {
    synchronized (LOCK) {
      listenPort = FakeNetwork.nextNumber();
      return listenPort;
    }
  }

  @Override
  public VerbsQueue connect(InetSocketAddress remote, byte[] data, int millis) {
    synchronized (LOCK) {
      FakeQueue mine = new FakeQueue(this);
      queues.add(mine);
      FakePort there = FakeNetwork.listener(remote);
      if (there == null || !there.device.carries() || !device.carries()) {
        give(PortEvent.of(PortEvent.Kind.REFUSED, mine, "rdma_cm reports UNREACHABLE"));
        return mine;
      }
      mine.makePair();
      FakeQueue theirs = new FakeQueue(there);
      there.queues.add(theirs);
      mine.join(theirs);
      // As on the wire: zeros behind the data.
      byte[] whole = java.util.Arrays.copyOf(data, MAX_REQUEST_DATA);
      there.give(new PortEvent(PortEvent.Kind.REQUESTED, theirs, whole, ""));
      return mine;
    }
  }

  void give(PortEvent event) {
    events.add(event);
    LOCK.notifyAll();
  }

  @Override
  public PortEvent nextEvent(int millis) throws FabricException {
    synchronized (LOCK) {
      awaitsEvents = true;
      LOCK.notifyAll();
      waitFor(millis, () -> !events.isEmpty());
      awaitsEvents = false;
      return events.poll();
    }
  }

  /** Moves whatever can move: messages to and from this port. */
  void move() {
    for (FakeQueue queue : List.copyOf(queues)) {
      queue.move();
      if (queue.peer() != null) {
        queue.peer().move();
      }
    }
  }

  void breakQueues() {
    for (FakeQueue queue : List.copyOf(queues)) {
      queue.flush();
      give(PortEvent.of(PortEvent.Kind.BROKEN, queue, "the device reports event 1"));
    }
  }

  /** A queue pair that fails has a receive, which is flushed after the next poll. */
  void flushLate(FakeQueue queue) {
    Posted posted = takeReceive();
    late.add(new Late(queue, new Completion(posted.id(), Completion.FLUSHED, 0, queue.number())));
  }

  /** As a device does, which takes completions away with their queue pair. */
  void forget(FakeQueue queue, int number) {
    queues.remove(queue);
    if (completions.removeIf(completion -> completion.queue() == number) && !device.isRemoved()) {
      FakeNetwork.breach("a queue pair was destroyed whose completions were not all taken");
    }
  }

  @Override
  public void close() {
    synchronized (LOCK) {
      if (!queues.isEmpty() && !device.isRemoved()) {
        FakeNetwork.breach(queues.size() + " queue pairs were left when the port was closed");
      }
      for (FakeQueue queue : List.copyOf(queues)) {
        queue.fail();
        queue.destroy();
      }
      closed = true;
      receives.clear();
      FakeNetwork.closed(this);
    }
  }
}
