// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

/** Why the worker closed a connection that its client would have kept. */
public enum CloseReason {
  TOO_MANY("connections", "railfs.worker.limits.connections is reached"),
  TOO_MANY_OF_ADDRESS("address", "railfs.worker.limits.connections-per-address is reached"),
  EVICTED("newcomer", "it had sent no HELLO when the limit was reached and another client came"),
  NO_HELLO("handshake", "it sent no HELLO within railfs.worker.limits.handshake-timeout"),
  INCOMPLETE_FRAME("frame", "it did not end a request within railfs.worker.limits.frame-timeout"),
  NO_MEMORY("memory", "its request is large, and requests of others hold too much memory already"),
  STALLED("stall", "it took too little of its replies within railfs.worker.limits.stall-timeout"),
  IDLE("idle", "it asked nothing within railfs.worker.limits.idle-timeout"),
  UNSENT("send", "a reply to it could not be sent whole"),
  UNTRUSTED("untrusted", "it did not prove what railfs.security asks for"),
  CREDENTIAL_REVOKED("withdrawn", "its secret is not accepted any more"),
  BROKEN("protocol", "it broke the protocol");

  private final String tag;
  private final String reason;

  CloseReason(String tag, String reason) {
    this.tag = tag;
    this.reason = reason;
  }

  /** As the metric has it. */
  public String tag() {
    return tag;
  }

  /** For messages. */
  String reason() {
    return reason;
  }
}
