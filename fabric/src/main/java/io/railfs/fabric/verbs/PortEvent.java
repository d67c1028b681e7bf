// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.verbs;

import static java.util.Objects.requireNonNull;

/** Something happened to a port or one of its connections. */
public final class PortEvent {
  private static final byte[] NOTHING = {};

  private final Kind kind;
  private final VerbsQueue queue;
  private final byte[] data;
  private final String reason;

  /** What happened. */
  public enum Kind {
    /** A peer asks for a connection: to be accepted or rejected. */
    REQUESTED,
    /** The connection is there. */
    ESTABLISHED,
    /** The connection that was asked for is not to be had. */
    REFUSED,
    /** The peer has ended the connection, or is gone. */
    ENDED,
    /** The queue pair is broken. */
    BROKEN,
    /** Every receive of a failed queue pair has its completion. */
    DRAINED,
    /** The port carries nothing any more. */
    PORT_DOWN,
    /** The port carries packets again. */
    PORT_UP,
    /** The device is gone, or of no use until the port is opened again. */
    REMOVED
  }

  /**
   * @param queue that it happened to; null for the port itself
   * @param data that the peer has sent along; empty where it has not
   * @param reason for people; empty where there is nothing to say
   */
  PortEvent(Kind kind, VerbsQueue queue, byte[] data, String reason) {
    this.kind = requireNonNull(kind, "kind is null");
    this.queue = queue;
    this.data = requireNonNull(data, "data is null");
    this.reason = requireNonNull(reason, "reason is null");
  }

  public Kind kind() {
    return kind;
  }

  /** That it happened to; null for the port itself. */
  public VerbsQueue queue() {
    return queue;
  }

  /** What the peer has sent along, and zeros behind that; empty where it has not. */
  public byte[] data() {
    return data;
  }

  /** For people; empty where there is nothing to say. */
  public String reason() {
    return reason;
  }

  static PortEvent of(Kind kind, VerbsQueue queue, String reason) {
    return new PortEvent(kind, queue, NOTHING, reason);
  }
}
