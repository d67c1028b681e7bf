// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it.faults;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionTimeoutException;

/** Does one fault after the other to a stage, some two together, and keeps the score. */
final class Campaign {
  private static final Duration POLL = Duration.ofMillis(100);
  private static final int CHECK_EACH = 25;

  private final Stage stage;
  private final CampaignPlan plan;
  private final Scoreboard score = new Scoreboard();
  private final LeakCheck leaks;
  private final Judge judge;

  Campaign(Stage stage, CampaignPlan plan) throws IOException {
    this.stage = stage;
    this.plan = plan;
    checkTheReaders();
    this.leaks = new LeakCheck(stage);
    this.judge = new Judge(stage, score);
    System.out.println("at rest: " + leaks);
  }

  /** Readers that expect something else than what is there have to say so. */
  private void checkTheReaders() throws IOException {
    stage.verifier.skew(8);
    await()
        .atMost(Stage.TIMEOUT)
        .until(
            () ->
                stage.verifier.events(0).stream().anyMatch(event -> event.what().equals("wrong")));
    stage.verifier.skew(0);
    stage.awaitCalm(System.nanoTime());
  }

  /** Runs it; returns what was found. */
  Scoreboard run() throws IOException {
    Random random = new Random(plan.seed());
    Faults faults = new Faults(stage, random, plan.percent());
    List<FaultKind> schedule = Schedule.of(plan.kinds(), plan.count(), random);
    for (int i = 0; i < schedule.size(); i++) {
      List<Fault> now = new ArrayList<>(List.of(faults.make(schedule.get(i))));
      boolean pair = plan.together() > 0 && random.nextInt(plan.together()) == 0;
      if (pair && i + 1 < schedule.size()) {
        Fault next = faults.make(schedule.get(i + 1));
        if (Collections.disjoint(now.get(0).parts(), next.parts())) {
          now.add(next);
          i++;
        }
      }
      if (i % CHECK_EACH == CHECK_EACH - 1 || now.get(0).kind() == FaultKind.MOUNT_KILLED) {
        checkLeaks();
      }
      happen(i + 1, now);
    }
    checkLeaks();
    score.operations(stage.verifier.tick().operations());
    judge.end();
    return score;
  }

  private void checkLeaks() throws IOException {
    for (String leak : leaks.leaks()) {
      score.fail("leak: " + leak);
    }
    stage.awaitCalm(System.nanoTime());
  }

  private void happen(int number, List<Fault> faults) throws IOException {
    stage.verifier.takeWorst();
    long start = System.nanoTime();
    for (Fault fault : faults) {
      fault.inject().run();
    }
    hold(faults);
    for (Fault fault : faults) {
      fault.heal().run();
    }
    long healed = System.nanoTime();
    String missing = awaitRecovery(faults, healed);
    long end = System.nanoTime();
    long worst = stage.verifier.takeWorst();
    System.out.printf(
        "%3d %s: %.1f s, as before after %.1f s, longest operation %.1f s%n",
        number, faults, (healed - start) / 1e9, (end - healed) / 1e9, worst / 1e9);
    for (Fault fault : faults) {
      score.over(fault, end - healed, worst);
    }
    judge.judge(faults, start, end);
    if (!missing.isEmpty()) {
      String sentence = missing + " not as before " + Stage.TIMEOUT + " after " + faults;
      score.fail("recovery: " + sentence);
      throw new AssertionError(sentence + "\n" + stage.mountMetrics());
    }
  }

  private static void hold(List<Fault> faults) {
    long most = faults.stream().mapToLong(fault -> fault.hold().toMillis()).max().orElseThrow();
    try {
      TimeUnit.MILLISECONDS.sleep(most);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /** What is not as before when the patience is over; empty where all is. */
  private String awaitRecovery(List<Fault> faults, long healed) {
    String[] missing = {"nothing was looked at:"};
    try {
      await()
          .atMost(Stage.TIMEOUT)
          .pollInterval(POLL)
          .until(
              () -> {
                missing[0] = missing(faults, healed);
                return missing[0].isEmpty();
              });
      return "";
    } catch (ConditionTimeoutException e) {
      return missing[0];
    }
  }

  private String missing(List<Fault> faults, long healed) {
    try {
      for (Fault fault : faults) {
        if (!fault.recovered().holds()) {
          return "what " + fault + " did is";
        }
      }
    } catch (IOException e) {
      return "something cannot be asked (" + e + "), all is";
    }
    if (!stage.verifier.tick().isGoodSince(healed)) {
      return "the readers are";
    }
    return stage.isWhole() ? "" : "the mount's workers or connections are";
  }
}
