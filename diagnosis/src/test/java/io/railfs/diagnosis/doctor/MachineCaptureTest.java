// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MachineCaptureTest {
  @TempDir private Path root;
  @TempDir private Path copy;

  /** Whoever gets it can look at it as if it were the machine. */
  @Test
  void doctorSaysTheSameOfWhatWasCapturedAsOfTheMachine() throws IOException {
    CapturedMachine machine = CapturedMachine.of("infiniband-whole", root);
    machine.with("sys/class/infiniband/mlx5_0/ports/1/counters/symbol_error", "4711");
    machine.with("etc/systemd/network/wg0.netdev", "[WireGuard]\nPrivateKey=hush");
    Map<String, byte[]> captured = MachineCapture.of(root);
    assertThat(captured.keySet())
        .contains(
            "machine/sys/class/infiniband/mlx5_0/ports/1/rate",
            "machine/proc/modules",
            "programs/ethtool -g ib0",
            "programs/ibportstate -C mlx5_0 -P 1 -D 0 1 query")
        .noneMatch(name -> name.contains("systemd/network"));
    assertThat(captured.values()).noneMatch(content -> new String(content, UTF_8).contains("hush"));
    for (Map.Entry<String, byte[]> file : captured.entrySet()) {
      Path path = copy.resolve(file.getKey());
      Files.createDirectories(path.getParent());
      Files.write(path, file.getValue());
    }
    MachineFacts facts =
        MachineFacts.of(copy.resolve("machine"), true, name -> List.of("10.1.0.5"));
    List<Finding> findings =
        new PortErrorsCheck().look(facts, RequiredSetup.of(config(), Optional.empty()));
    assertThat(findings).singleElement().isEqualTo(machine.find(CheckId.PORT_ERRORS));
  }

  private static Config config() {
    return ConfigFactory.defaultReference().resolve();
  }
}
