package io.railfs.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.railfs.it.Shell;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * Faults of every kind, one after the other, under readers that never stop: no wrong byte, no
 * operation beyond its deadline, no error without a reason, no hang, no leak. {@code bin/railfs
 * test --faults} runs a long one.
 */
final class FaultCampaignTest {
  private static final Path LOGS =
      Path.of(System.getProperty("railfs.home"), "integration-tests/target/faults");

  @Test
  void readersGetRightBytesInTimeOrAnErrorWithAReasonWhateverFails() throws Exception {
    CampaignPlan plan = CampaignPlan.ofProperties(FaultKind.values().length, 6);
    System.out.println("campaign: " + plan);
    try (Stage stage = new Stage(plan.seed(), plan.replicas())) {
      boolean good = false;
      try {
        Scoreboard score = new Campaign(stage, plan).run();
        System.out.println(score.text());
        good = score.failures().isEmpty();
        assertThat(score.failures()).as("with %s", plan).isEmpty();
      } finally {
        if (!good) {
          Shell.bash(
              "rm -rf \"$2\"; mkdir -p \"$2\"; cd \"$1\" && cp -r --parents logs worker-*/log* verifier.err \"$2\"",
              stage.base,
              LOGS);
        }
      }
    }
  }
}
