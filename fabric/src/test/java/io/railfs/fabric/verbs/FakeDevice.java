// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.verbs;

import static java.util.Objects.requireNonNull;

import java.net.InetAddress;

/** A device with one port, and what can happen to it. Thread-safe. */
public final class FakeDevice {
  private final String name;
  private final InetAddress address;
  private volatile boolean up = true;
  private volatile boolean removed;
  private volatile boolean frozen;
  private volatile boolean losesWakeups;
  private volatile boolean lateToEstablish;
  private int corrupt;
  private int begun;
  private int lostAccepts;
  private volatile int longest = Integer.MAX_VALUE;

  FakeDevice(String name, InetAddress address) {
    this.name = requireNonNull(name, "name is null");
    this.address = requireNonNull(address, "address is null");
  }

  String name() {
    return name;
  }

  InetAddress address() {
    return address;
  }

  boolean isUp() {
    return up;
  }

  boolean isRemoved() {
    return removed;
  }

  boolean carries() {
    return up && !removed && !frozen;
  }

  boolean losesWakeups() {
    return losesWakeups;
  }

  /** The cable is pulled. */
  public void portDown() {
    synchronized (FakeNetwork.LOCK) {
      up = false;
      FakeNetwork.portsOf(this)
          .forEach(p -> p.give(PortEvent.of(PortEvent.Kind.PORT_DOWN, null, "the port is down")));
    }
  }

  /** The cable is back. */
  public void portUp() {
    synchronized (FakeNetwork.LOCK) {
      up = true;
      FakeNetwork.portsOf(this)
          .forEach(p -> p.give(PortEvent.of(PortEvent.Kind.PORT_UP, null, "")));
    }
  }

  /** The device is gone for good, and with it every connection; nothing is completed any more. */
  public void remove() {
    synchronized (FakeNetwork.LOCK) {
      removed = true;
      FakeNetwork.portsOf(this)
          .forEach(
              p -> p.give(PortEvent.of(PortEvent.Kind.REMOVED, null, "the device was removed")));
    }
  }

  /** Nothing goes through, nobody is informed, and no retry runs out meanwhile. */
  public void freeze() {
    frozen = true;
  }

  /** It goes on. */
  public void thaw() {
    frozen = false;
  }

  boolean isFrozen() {
    return frozen;
  }

  /** Completions wake nobody. */
  public void loseWakeups() {
    losesWakeups = true;
  }

  boolean isLateToEstablish() {
    return lateToEstablish;
  }

  /** Who accepts a connection here does not hear that it is there before messages come. */
  public void establishLate() {
    lateToEstablish = true;
  }

  /** The next messages that are sent from here arrive with a wrong last byte. */
  public void corrupt(int messages) {
    synchronized (FakeNetwork.LOCK) {
      corrupt = messages;
    }
  }

  /** Whether the message that is sent now is to be a wrong one. */
  boolean takeCorruption() {
    if (corrupt == 0) {
      return false;
    }
    corrupt--;
    return true;
  }

  /**
   * The next queue pairs that fail here have a receive each, as if a message had begun to come,
   * whose completion comes just after a poll that has found none.
   */
  public void beginMessages(int queues) {
    synchronized (FakeNetwork.LOCK) {
      begun = queues;
    }
  }

  /** What the next peers are answered that are taken here is lost: neither side hears of it. */
  public void loseAccepts(int connections) {
    synchronized (FakeNetwork.LOCK) {
      lostAccepts = connections;
    }
  }

  /** Answers that are still to be lost. */
  public int acceptsToLose() {
    synchronized (FakeNetwork.LOCK) {
      return lostAccepts;
    }
  }

  /** Whether the answer that is given now is lost. */
  boolean takeLostAccept() {
    if (lostAccepts == 0) {
      return false;
    }
    lostAccepts--;
    return true;
  }

  /** Carries no message that is longer, as a network whose MTU is not the same everywhere. */
  public void carryUpTo(int bytes) {
    longest = bytes;
  }

  boolean carries(int bytes) {
    return carries() && bytes <= longest;
  }

  /** Whether the queue pair that fails now has a receive. */
  boolean takeBegun() {
    if (begun == 0) {
      return false;
    }
    begun--;
    return true;
  }

  /**
   * Breaks the queue pairs of all connections, as a device does with one that it cannot go on with.
   */
  public void breakQueues() {
    synchronized (FakeNetwork.LOCK) {
      FakeNetwork.portsOf(this).forEach(FakePort::breakQueues);
    }
  }
}
