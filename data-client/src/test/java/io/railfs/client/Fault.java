// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import io.railfs.protocol.messages.ErrorCode;
import java.util.concurrent.CompletableFuture;

/** What a {@link FakeWorker} does with a READ. */
sealed interface Fault {
  /** Answers as it should. */
  record None() implements Fault {}

  /** Answers in pieces of so many bytes, each flushed. */
  record Pieces(int bytes) implements Fault {}

  /** Sends so many bytes of the payload, then closes. */
  record CloseAfter(int bytes) implements Fault {}

  /** Sends so many bytes of the payload, then nothing. */
  record StopAfter(int bytes) implements Fault {}

  /** Answers later. */
  record Late(long millis) implements Fault {}

  /** Answers when the gate is opened. */
  record Held(CompletableFuture<Void> gate) implements Fault {}

  /** Answers in pieces of one chunk with so long a pause before each. */
  record Trickle(long millis) implements Fault {}

  /** Never answers. */
  record Never() implements Fault {}

  /** Flips a bit of the byte at this position of the payload. */
  record Flip(int position) implements Fault {}

  /** Sends one checksum too many. */
  record ExtraChecksum() implements Fault {}

  /** Sends one byte less than was asked for, and says so. */
  record ShortPayload() implements Fault {}

  /** Answers under an id that was never used. */
  record UnknownId() implements Fault {}

  /** Sends bytes that are no frame. */
  record Garbage() implements Fault {}

  /** Refuses. */
  record Refuse(ErrorCode code) implements Fault {}

  /** Chooses a fault for each request. */
  interface Script {
    /**
     * The fault for one request.
     *
     * @param number counts the READs of this worker from 0
     */
    Fault next(io.railfs.protocol.messages.ReadRequest request, int number);
  }
}
