// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker;

import io.railfs.protocol.messages.StatusReply;
import io.railfs.protocol.messages.UfsErrors;
import io.railfs.protocol.messages.UfsRequests;
import io.railfs.protocol.messages.UfsState;
import io.railfs.worker.ufs.UfsHealth;
import io.railfs.worker.ufs.UfsHealth.Operation;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What STATUS reports of each UFS. */
final class UfsReport {
  private UfsReport() {}

  static void addTo(StatusReply.Builder reply, List<UfsHealth> healths) {
    healths.forEach(health -> reply.addUfsStates(message(health)));
  }

  private static UfsState message(UfsHealth health) {
    UfsHealth.Verdict verdict = health.verdict();
    UfsHealth.LastError error = health.lastError();
    UfsState.Builder state =
        UfsState.newBuilder()
            .setAt(health.at().toString())
            .setUri(health.uri())
            .setUp(verdict.up())
            .setSinceNanos(nanos(verdict.since()))
            .setProblem(verdict.problem())
            .setLastError(error.phrase())
            .setLastErrorNanos(nanos(error.at()))
            .setReadBytes(health.readBytes())
            .setThrottled(health.throttledAnswers());
    for (Operation operation : Operation.values()) {
      state.addRequests(
          UfsRequests.newBuilder()
              .setOperation(operation.tag())
              .setCount(health.requests(operation))
              .setMicros(TimeUnit.NANOSECONDS.toMicros(health.nanos(operation))));
    }
    health
        .errors()
        .forEach(
            (kind, count) ->
                state.addErrors(UfsErrors.newBuilder().setKind(kind.tag()).setCount(count)));
    return state.build();
  }

  private static long nanos(Instant at) {
    return ChronoUnit.NANOS.between(Instant.EPOCH, at);
  }
}
