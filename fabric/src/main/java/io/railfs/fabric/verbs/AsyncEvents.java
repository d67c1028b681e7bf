// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.verbs;

import static io.railfs.fabric.verbs.Scratch.MEMORY;
import static java.util.Objects.requireNonNull;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The asynchronous events of one open device, which all its ports share: whoever finds one waiting
 * takes it, and gives it to whom it is for. Thread-safe.
 */
final class AsyncEvents {
  private static final int QP_FATAL = 1;
  private static final int QP_REQUEST_ERROR = 2;
  private static final int QP_ACCESS_ERROR = 3;
  private static final int DEVICE_FATAL = 8;
  private static final int PORT_ACTIVE = 9;
  private static final int PORT_ERROR = 10;
  private static final int SRQ_ERROR = 14;
  private static final int LAST_WQE_REACHED = 16;
  private static final int CQ_ERROR = 0;

  private static final int F_GETFL = 3;
  private static final int F_SETFL = 4;
  private static final int O_NONBLOCK = 04000;

  private final NativeVerbs verbs;
  private final long context;
  private final int fd;
  private final Scratch event = new Scratch(Layout.AsyncEvent.SIZE);
  private final Map<Long, NativeQueue> queues = new ConcurrentHashMap<>();
  private final Set<NativePort> ports = ConcurrentHashMap.newKeySet();

  AsyncEvents(NativeVerbs verbs, long context) {
    this.verbs = requireNonNull(verbs, "verbs is null");
    this.context = context;
    this.fd = MEMORY.getInt(context + Layout.Context.ASYNC_FD);
    // Several threads wait for it, and one of them finds the event.
    setNonBlocking(verbs.libc(), fd);
  }

  static void setNonBlocking(LibC libc, int fd) {
    int flags = libc.fcntl(fd, F_GETFL, 0);
    int unused = libc.fcntl(fd, F_SETFL, flags | O_NONBLOCK);
  }

  int fd() {
    return fd;
  }

  void add(NativePort port) {
    ports.add(port);
  }

  /** Whether it was the last one. */
  boolean remove(NativePort port) {
    ports.remove(port);
    return ports.isEmpty();
  }

  void add(long queue, NativeQueue owner) {
    queues.put(queue, owner);
  }

  void remove(long queue) {
    queues.remove(queue);
  }

  /** Gives one event to whom it is for, where there is one. */
  synchronized void take() {
    if (verbs.verbs().ibv_get_async_event(context, event.address()) != 0) {
      return;
    }
    long element = event.bytes().getLong(Layout.AsyncEvent.ELEMENT);
    int type = event.bytes().getInt(Layout.AsyncEvent.TYPE);
    // Before anything is destroyed: that waits for it.
    verbs.verbs().ibv_ack_async_event(event.address());
    switch (type) {
      case QP_FATAL, QP_REQUEST_ERROR, QP_ACCESS_ERROR ->
          give(
              element,
              PortEvent.Kind.BROKEN,
              "the device reports event " + type + " of its queue pair");
      case LAST_WQE_REACHED -> give(element, PortEvent.Kind.DRAINED, "");
      case DEVICE_FATAL, CQ_ERROR, SRQ_ERROR ->
          giveAll(PortEvent.Kind.REMOVED, 0, "the device reports the fatal event " + type);
      case PORT_ERROR -> giveAll(PortEvent.Kind.PORT_DOWN, (int) element, "the port is down");
      case PORT_ACTIVE -> giveAll(PortEvent.Kind.PORT_UP, (int) element, "");
      default -> {
        // Of no consequence here: paths that migrate, keys and managers that change.
      }
    }
  }

  private void give(long queue, PortEvent.Kind kind, String reason) {
    NativeQueue owner = queues.get(queue);
    if (owner != null) {
      owner.port().give(PortEvent.of(kind, owner, reason));
    }
  }

  /**
   * @param number of the port, 0 for all of the device
   */
  private void giveAll(PortEvent.Kind kind, int number, String reason) {
    for (NativePort port : ports) {
      if (number == 0 || port.facts().number() == number) {
        port.give(PortEvent.of(kind, null, reason));
      }
    }
  }
}
