// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.rdma;

import static java.util.Objects.requireNonNull;

import io.railfs.fabric.FabricException;
import io.railfs.fabric.verbs.Completion;
import io.railfs.fabric.verbs.MemoryRegion;
import io.railfs.fabric.verbs.PortEvent;
import io.railfs.fabric.verbs.PortFacts;
import io.railfs.fabric.verbs.Verbs;
import io.railfs.fabric.verbs.VerbsPort;
import io.railfs.fabric.verbs.VerbsQueue;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A port with its memory, its connections and two threads. Thread-safe.
 *
 * <p>The thread for completions polls for a short while, asks for a wake-up, polls once more (what
 * came in between wakes nobody), and sleeps; never for long, so that even a wake-up that is lost
 * costs little. It also destroys queue pairs, once nothing of them is under way: before that a late
 * completion would name memory that has another owner.
 *
 * <p>The thread for events hears of connections, of the port and of the device.
 */
public final class RdmaPort implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RdmaPort.class);

  private static final long RECEIVE = 1L << 62;
  private static final int BATCH = 32;
  private static final int WAIT_MILLIS = 50;
  private static final int CLOSE_MILLIS = 3_000;
  private static final int PAGE = 4096;
  private static final String CLOSING = "it is being closed";

  /** For devices that do not report that the receives of a queue pair have ended. */
  private static final long DRAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  /** For devices that are gone, whose completions do not come. */
  private static final long ABANDON_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final VerbsPort verbs;
  private final RdmaSettings settings;
  private final MemoryRegion received;
  private final SendSlots slots;
  private final Receives receives;
  private final AtomicReferenceArray<RdmaBuffer> sending;
  private final Map<VerbsQueue, RdmaConnection> connections = new ConcurrentHashMap<>();
  private final Map<Integer, RdmaConnection> byNumber = new ConcurrentHashMap<>();
  private final Queue<RdmaConnection> ending = new ConcurrentLinkedQueue<>();
  private final Object connecting = new Object();

  /** Whoever posts holds it to read, who closes the device to write. */
  private final ReadWriteLock device = new ReentrantReadWriteLock();

  private final Thread completionThread;
  private final Thread eventThread;
  private volatile Consumer<RdmaRequest> acceptor;
  private volatile String problem = "";
  private volatile boolean removed;
  private volatile boolean stopping;
  private boolean deviceClosed;
  private boolean closed;

  private RdmaPort(
      VerbsPort verbs, RdmaSettings settings, MemoryRegion received, MemoryRegion sent) {
    this.verbs = verbs;
    this.settings = settings;
    this.received = received;
    this.slots = new SendSlots(sent, settings.sends(), settings.sendBytes());
    this.receives = new Receives(settings.receives());
    this.sending = new AtomicReferenceArray<>(settings.sends());
    String name = "railfs-rdma-" + verbs.facts().device();
    completionThread = new Thread(this::runCompletions, name);
    eventThread = new Thread(this::runEvents, name + "-events");
    completionThread.setDaemon(true);
    eventThread.setDaemon(true);
  }

  /**
   * Opens the port that has an address, registers its memory and posts all receives.
   *
   * @throws FabricException with one sentence where it cannot be used
   */
  public static RdmaPort open(Verbs verbs, InetAddress local, RdmaSettings settings)
      throws FabricException {
    requireNonNull(settings, "settings is null");
    VerbsPort port = verbs.open(local, settings.verbs());
    try {
      MemoryRegion received = port.register(slab(settings.receives(), settings.receiveBytes()));
      MemoryRegion sent = port.register(slab(settings.sends(), settings.sendBytes()));
      RdmaPort opened = new RdmaPort(port, settings, received, sent);
      for (int slot = 0; slot < settings.receives(); slot++) {
        opened.postReceive(slot);
      }
      opened.completionThread.start();
      opened.eventThread.start();
      return opened;
    } catch (FabricException | RuntimeException | Error e) {
      port.close();
      throw e;
    }
  }

  private static ByteBuffer slab(int count, int bytes) throws FabricException {
    try {
      return ByteBuffer.allocateDirect(Math.addExact(Math.multiplyExact(count, bytes), PAGE))
          .alignedSlice(PAGE)
          .slice(0, count * bytes);
    } catch (OutOfMemoryError | ArithmeticException e) {
      throw new FabricException(
          "there is no memory for %d RDMA buffers of %d KiB outside the heap"
              .formatted(count, bytes >> 10),
          e);
    }
  }

  /** What it was when it was opened. */
  public PortFacts facts() {
    return verbs.facts();
  }

  /** Why it cannot be used now; empty where it can. */
  public String problem() {
    return problem;
  }

  /** Whether it is of no use any more, and has to be opened again. */
  public boolean isRemoved() {
    return removed || stopping;
  }

  /** Who expects messages reserves here. */
  public Receives receives() {
    return receives;
  }

  /** Buffers that are taken, or under way. */
  public int buffersUsed() {
    return slots.used();
  }

  /** Connections that have not ended, and those that are being destroyed. */
  public int connections() {
    return connections.size();
  }

  SendSlots slots() {
    return slots;
  }

  private void postReceive(int slot) throws FabricException {
    verbs.postReceive(
        RECEIVE | slot, received, slot * settings.receiveBytes(), settings.receiveBytes());
  }

  /** Posts the memory of a message again. */
  void repost(int slot) {
    device.readLock().lock();
    try {
      if (!deviceClosed && !removed) {
        postReceive(slot);
      }
    } catch (FabricException e) {
      remove(String.valueOf(e.getMessage()));
    } finally {
      device.readLock().unlock();
    }
  }

  void post(RdmaConnection connection, RdmaBuffer buffer) throws FabricException {
    sending.set(buffer.slot(), buffer);
    try {
      connection
          .queue()
          .send(
              buffer.slot(),
              slots.region(),
              slots.offset(buffer.slot()),
              buffer.bytes().position());
    } catch (FabricException e) {
      // Where the connection was destroyed meanwhile, that has given the buffer back already.
      if (sending.compareAndSet(buffer.slot(), buffer, null)) {
        throw e;
      }
    }
  }

  /**
   * Takes connections.
   *
   * @param taker of requests, by a thread that must not be kept
   * @return the port number that peers ask at
   */
  public int listen(Consumer<RdmaRequest> taker) throws FabricException {
    acceptor = requireNonNull(taker, "taker is null");
    return verbs.listen();
  }

  /**
   * Asks for a connection.
   *
   * @param data for the peer, at most {@link VerbsPort#MAX_REQUEST_DATA} bytes
   * @param millis that each of its steps may take
   * @param handlers makes what takes its messages, before anything happens on it
   * @throws FabricException where it cannot be asked; the handler hears nothing then
   */
  public RdmaConnection connect(
      InetSocketAddress remote,
      byte[] data,
      int millis,
      Function<RdmaConnection, RdmaHandler> handlers)
      throws FabricException {
    device.readLock().lock();
    try {
      requireUsable();
      synchronized (connecting) {
        VerbsQueue queue = verbs.connect(remote, data, millis);
        RdmaConnection connection = new RdmaConnection(this, queue, handlers);
        connections.put(queue, connection);
        return connection;
      }
    } finally {
      device.readLock().unlock();
    }
  }

  private void requireUsable() throws FabricException {
    if (stopping || deviceClosed) {
      throw new FabricException("the port is being closed");
    }
    if (!problem.isEmpty()) {
      throw new FabricException(verbs.facts().name() + ": " + problem);
    }
  }

  RdmaConnection accept(
      VerbsQueue queue, byte[] answer, Function<RdmaConnection, RdmaHandler> handlers)
      throws FabricException {
    RdmaConnection connection = new RdmaConnection(this, queue, handlers);
    try {
      requireUsable();
      queue.prepare();
      connections.put(queue, connection);
      // Before the peer hears of it, who may send at once.
      byNumber.put(queue.number(), connection);
      queue.accept(answer);
      return connection;
    } catch (FabricException e) {
      connections.remove(queue);
      byNumber.remove(queue.number(), connection);
      queue.reject();
      throw e;
    }
  }

  /** To be destroyed, once nothing of it is under way. */
  void closing(RdmaConnection connection) {
    ending.add(connection);
  }

  private void runCompletions() {
    Completion[] batch = new Completion[BATCH];
    long idleSince = System.nanoTime();
    try {
      while (!stopping || !connections.isEmpty()) {
        int count = take(batch);
        if (count == 0) {
          destroyQuiet();
          if (System.nanoTime() - idleSince < settings.spin().toNanos()) {
            Thread.onSpinWait();
            continue;
          }
          verbs.arm();
          count = take(batch);
          if (count == 0) {
            boolean unused = verbs.await(ending.isEmpty() ? WAIT_MILLIS : 1);
          }
        }
        idleSince = System.nanoTime();
      }
    } catch (FabricException e) {
      remove(String.valueOf(e.getMessage()));
      destroyAll();
    } catch (RuntimeException | Error e) {
      log.error("{}: internal error (bug)", verbs.facts().name(), e);
      remove("it met an internal error, see the log");
      destroyAll();
    }
  }

  /** Takes completions; the queue is empty afterwards where there were none. */
  private int take(Completion[] batch) throws FabricException {
    int count = verbs.poll(batch);
    for (int i = 0; i < count; i++) {
      Completion completion = batch[i];
      if ((completion.id() & RECEIVE) != 0) {
        received(completion);
      } else {
        sent(completion);
      }
    }
    return count;
  }

  private void sent(Completion completion) {
    RdmaBuffer buffer = sending.getAndSet((int) completion.id(), null);
    if (buffer != null) {
      buffer.connection().sent(buffer, completion);
    }
  }

  private void received(Completion completion) {
    int slot = (int) (completion.id() & ~RECEIVE);
    RdmaConnection connection = byNumber.get(completion.queue());
    if (!completion.isDone() || connection == null || connection.isClosed()) {
      repost(slot);
      if (!completion.isDone() && connection != null) {
        connection.close("receiving failed: " + completion.problem());
      }
      return;
    }
    int offset = slot * settings.receiveBytes();
    ByteBuffer bytes = received.memory().slice(offset, completion.length());
    RdmaMessage message = new RdmaMessage(this, slot, bytes);
    try {
      connection.handler().received(message);
    } catch (RuntimeException e) {
      log.error("{}: a message was not taken: internal error (bug)", verbs.facts().name(), e);
      connection.close("it met an internal error, see the log");
    }
  }

  /** The completion queue is empty: what is done with is destroyed. */
  private void destroyQuiet() {
    if (stopping) {
      // One that was being made when all were closed.
      closeAll(CLOSING);
    }
    int left = ending.size();
    long now = System.nanoTime();
    for (int i = 0; i < left; i++) {
      RdmaConnection connection = ending.remove();
      if (connection.isQuietStill(now, DRAIN_NANOS) || connection.isClosedFor(now, ABANDON_NANOS)) {
        destroy(connection);
      } else {
        ending.add(connection);
      }
    }
  }

  private void destroy(RdmaConnection connection) {
    byNumber.remove(connection.queue().number(), connection);
    connection.queue().destroy();
    // Of a device that is gone: nothing can touch them any more.
    for (int slot = 0; slot < slots.count(); slot++) {
      RdmaBuffer buffer = sending.get(slot);
      if (buffer != null
          && buffer.connection() == connection
          && sending.compareAndSet(slot, buffer, null)) {
        connection.sent(buffer, new Completion(slot, Completion.FLUSHED, 0, 0));
      }
    }
    connections.remove(connection.queue());
  }

  private void destroyAll() {
    RdmaConnection connection = ending.poll();
    while (connection != null) {
      destroy(connection);
      connection = ending.poll();
    }
  }

  private void runEvents() {
    try {
      // A device that is gone has nothing to say, and would say so at once each time.
      while (!stopping && !removed) {
        PortEvent event = verbs.nextEvent(WAIT_MILLIS);
        if (event != null) {
          take(event);
        }
      }
    } catch (FabricException e) {
      remove(String.valueOf(e.getMessage()));
    } catch (RuntimeException | Error e) {
      log.error("{}: internal error (bug)", verbs.facts().name(), e);
      remove("it met an internal error, see the log");
    }
  }

  private void take(PortEvent event) {
    switch (event.kind()) {
      case REQUESTED -> requested(event);
      case ESTABLISHED -> established(event);
      case REFUSED, ENDED, BROKEN -> {
        RdmaConnection connection = find(event.queue());
        if (connection != null) {
          connection.close(event.reason());
        }
      }
      case DRAINED -> {
        RdmaConnection connection = find(event.queue());
        if (connection != null) {
          connection.setDrained();
        }
      }
      case PORT_DOWN -> {
        problem = event.reason();
        closeAll(event.reason());
      }
      case PORT_UP -> {
        if (!removed) {
          problem = "";
        }
      }
      case REMOVED -> remove(event.reason());
    }
  }

  private RdmaConnection find(VerbsQueue queue) {
    // Behind whoever has asked for it and is about to note it.
    synchronized (connecting) {
      return connections.get(queue);
    }
  }

  private void requested(PortEvent event) {
    RdmaRequest request = new RdmaRequest(this, event.queue(), event.data());
    Consumer<RdmaRequest> taker = acceptor;
    if (taker == null || stopping || !problem.isEmpty()) {
      request.reject();
    } else {
      taker.accept(request);
    }
  }

  private void established(PortEvent event) {
    RdmaConnection connection = find(event.queue());
    if (connection != null) {
      int number = event.queue().number();
      // Where another has the number by now, this one has been destroyed.
      byNumber.putIfAbsent(number, connection);
      if (connection.isClosed()) {
        // Perhaps destroyed before it was noted, and then nobody else takes it out.
        byNumber.remove(number, connection);
      }
      connection.established(event.data());
    }
  }

  private void remove(String reason) {
    removed = true;
    problem = reason;
    closeAll(reason);
    slots.close();
  }

  private void closeAll(String reason) {
    List.copyOf(connections.values()).forEach(c -> c.close(verbs.facts().name() + ": " + reason));
  }

  /** Ends all connections, the threads, and the use of the device. */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    stopping = true;
    slots.close();
    closeAll(CLOSING);
    if (!isJoined(completionThread) || !isJoined(eventThread)) {
      log.warn("{}: a thread hangs in the device, which is left open", verbs.facts().name());
      return;
    }
    device.writeLock().lock();
    try {
      deviceClosed = true;
      verbs.close();
    } finally {
      device.writeLock().unlock();
    }
  }

  private static boolean isJoined(Thread thread) {
    try {
      thread.join(CLOSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return !thread.isAlive();
  }
}
