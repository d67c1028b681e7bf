// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Faults of every kind, one after the other, under readers that never stop: no wrong byte, no
 * operation beyond its deadline, no error without a reason, no hang, no leak. {@code bin/railfs
 * test --faults} runs a long one.
 */
@Timeout(value = 12, unit = TimeUnit.HOURS)
final class FaultCampaignTest {
  private static final String START = "<!-- scoreboard -->";
  private static final String END = "<!-- end of scoreboard -->";

  @Test
  void readersGetRightBytesInTimeOrAnErrorWithAReasonWhateverFails() throws Exception {
    CampaignPlan plan = CampaignPlan.ofProperties();
    System.out.println("campaign: " + plan);
    try (Stage stage = new Stage(plan.seed(), plan.replicas())) {
      boolean good = false;
      try {
        Scoreboard score = new Campaign(stage, plan).run();
        System.out.println(score.text());
        if (Boolean.getBoolean("railfs.faults.write-docs")) {
          writeDocs(plan, score);
        }
        good = score.failures().isEmpty();
        assertThat(score.failures()).as("with %s", plan).isEmpty();
      } finally {
        if (!good) {
          stage.keepLogs();
        }
      }
    }
  }

  private static void writeDocs(CampaignPlan plan, Scoreboard score) throws IOException {
    Path page = Path.of(System.getProperty("railfs.home"), "docs/RELIABILITY.md");
    String text = Files.readString(page);
    int start = text.indexOf(START) + START.length();
    int end = text.indexOf(END);
    assertThat(end).as("the marks in %s", page).isGreaterThan(start);
    String command =
        "`bin/railfs test --faults --seed %d --count %d --replicas %d`"
            .formatted(plan.seed(), plan.count(), plan.replicas());
    Files.writeString(
        page,
        text.substring(0, start) + "\n" + command + ": " + score.text() + text.substring(end));
  }
}
