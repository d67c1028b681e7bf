// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

final class WorkerProbesTest {
  private static final Config CONFIG = ConfigFactory.defaultReference().resolve();

  @Test
  void aWorkerKnownByNameAndAddressIsOneWithTheWaysOfBoth() {
    WorkerProbes askers = new WorkerProbes();
    askers.add(List.of("127.0.0.1:29999"), CONFIG);
    Config other =
        ConfigFactory.parseString("railfs.security.secret-file = \"/some\"").withFallback(CONFIG);
    askers.add(List.of("localhost:29999", "localhost", "localhost:30001"), other);
    assertThat(askers.byEndpoint().keySet()).containsExactly("127.0.0.1:29999", "localhost:30001");
    assertThat(askers.byEndpoint().get("127.0.0.1:29999")).hasSize(2);
  }

  @Test
  void namesThatAreNotKnownStayForThemselves() {
    WorkerProbes askers = new WorkerProbes();
    askers.add(List.of("none.invalid:1", "neither.invalid:1"), CONFIG);
    assertThat(askers.byEndpoint()).hasSize(2);
  }
}
