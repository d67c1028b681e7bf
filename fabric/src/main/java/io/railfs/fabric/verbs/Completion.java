// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.verbs;

/**
 * The end of a send or receive.
 *
 * @param id as it was posted
 * @param status 0: done; else as in {@code enum ibv_wc_status}
 * @param length bytes that were received; undefined for sends and failures
 * @param queue number of the queue pair
 */
public record Completion(long id, int status, int length, int queue) {
  /** Flushed, as its queue pair has failed or is being closed. */
  public static final int FLUSHED = 5;

  /** The peer did not acknowledge it, however often it was sent. */
  public static final int RETRIES_EXCEEDED = 12;

  /** The peer had no receive posted, for longer than is waited for. */
  public static final int NOT_RECEIVED = 13;

  /** A message was longer than the receive that was posted for it. */
  public static final int TOO_LONG = 1;

  private static final String[] NAMES = {
    "success",
    "local length error",
    "local QP operation error",
    "local EE context operation error",
    "local protection error",
    "flushed",
    "memory window bind error",
    "bad response",
    "local access error",
    "remote invalid request",
    "remote access error",
    "remote operation error",
    "the peer does not acknowledge (transport retries exceeded)",
    "the peer posts no receives (RNR retries exceeded)"
  };

  public boolean isDone() {
    return status == 0;
  }

  /** What went wrong, for people. */
  public String problem() {
    return status < NAMES.length ? NAMES[status] : "work completion status " + status;
  }
}
