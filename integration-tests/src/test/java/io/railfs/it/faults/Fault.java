// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it.faults;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.function.Predicate;

/**
 * One thing that goes wrong and is put right again.
 *
 * @param kind for the scoreboard
 * @param target what it happens to, for messages
 * @param parts of the stage that it touches; faults of different parts may overlap
 * @param hold how long it lasts
 * @param inject makes it happen
 * @param heal ends it
 * @param recovered whether its own trace has gone; whether the readers go on is always looked at
 * @param allowed errors that it explains: the data really is out of reach
 */
record Fault(
    FaultKind kind,
    String target,
    Set<String> parts,
    Duration hold,
    Action inject,
    Action heal,
    Check recovered,
    Predicate<VerifierEvent> allowed) {

  /** A step. */
  interface Action {
    void run() throws IOException;
  }

  /** A condition. */
  interface Check {
    boolean holds() throws IOException;
  }

  /** With nothing that is read out of reach. */
  static Fault harmless(FaultKind kind, String target, Duration hold, Action inject, Action heal) {
    return new Fault(kind, target, Set.of(target), hold, inject, heal, () -> true, event -> false);
  }

  Fault recovered(Check check) {
    return new Fault(kind, target, parts, hold, inject, heal, check, allowed);
  }

  Fault allowing(Predicate<VerifierEvent> errors) {
    return new Fault(kind, target, parts, hold, inject, heal, recovered, errors);
  }

  @Override
  public String toString() {
    return kind + " of " + target;
  }
}
