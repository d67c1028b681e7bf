// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it.faults;

import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/** Decides what of that which the verifier says is a fault of RailFS. */
final class Judge {
  private static final long LIMIT_NANOS = Stage.DEADLINE.plus(Stage.SLACK).toNanos();

  private final Stage stage;
  private final Scoreboard score;
  private final List<VerifierEvent> stuck = new ArrayList<>();
  private int next;

  /** Looks at what is told from now on. */
  Judge(Stage stage, Scoreboard score) {
    this.stage = stage;
    this.score = score;
    this.next = stage.verifier.events(0).size();
  }

  /** What was told since the last call, while these faults happened. */
  void judge(List<Fault> faults, long start, long end) {
    await().atMost(Stage.TIMEOUT).until(() -> stage.verifier.tick().nanos() > end);
    List<VerifierEvent> events = stage.verifier.events(next);
    next += events.size();
    for (VerifierEvent event : events) {
      switch (event.what()) {
        case "wrong" -> score.fail("wrong: " + event + " after " + faults);
        case "stuck" -> stuck.add(event);
        case "error" -> error(event, faults, start);
        default -> {}
      }
      if (event.endNanos() > 0) {
        stuck.removeIf(event::isSame);
        if (event.ownNanos() > LIMIT_NANOS) {
          score.fail("late: " + event + " after " + faults);
        }
      }
    }
    lookForHangs(faults);
  }

  private void error(VerifierEvent event, List<Fault> faults, long start) {
    Optional<Fault> reason =
        faults.stream()
            .filter(fault -> event.endNanos() >= start && fault.allowed().test(event))
            .findFirst();
    if (reason.isPresent()) {
      score.explained(reason.get(), event);
    } else {
      score.fail("error: " + event + " after " + faults);
    }
  }

  /** Whoever waits uninterruptibly does so for a moment only. */
  private void lookForHangs(List<Fault> faults) {
    long from = System.nanoTime();
    List<String> hanging = hanging();
    while (!hanging.isEmpty() && System.nanoTime() - from < LIMIT_NANOS) {
      List<String> before = hanging;
      hanging = hanging().stream().filter(before::contains).toList();
    }
    for (String thread : hanging) {
      score.fail("hang: " + thread + " waits uninterruptibly after " + faults);
    }
  }

  private List<String> hanging() {
    LongStream workers = stage.workers.stream().mapToLong(WorkerHost::pid);
    LongStream all =
        LongStream.concat(
            workers, LongStream.of(stage.verifier.pid(), stage.mount.pid().orElseThrow()));
    return all.mapToObj(Resources::uninterruptible).flatMap(List::stream).toList();
  }

  /** Nothing is to come any more. */
  void end() {
    for (VerifierEvent event : stuck) {
      score.fail("late: has not ended: " + event);
    }
  }
}
