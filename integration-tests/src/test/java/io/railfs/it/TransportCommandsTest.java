// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** 'railfs where' and 'railfs bench net --transport', with a worker on the same host. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class TransportCommandsTest {
  private MountEnvironment environment;

  @BeforeAll
  void start() {
    environment =
        MountEnvironment.served(dataset -> Datasets.file(dataset.resolve("file"), 20_000_000, 5));
    // Of a machine on which other tests run too.
    environment.writeConf("railfs.client.connect-timeout = 30s", "");
  }

  @AfterAll
  void stop() {
    environment.close();
  }

  private String worker() {
    return "127.0.0.1:" + environment.rpcPort;
  }

  @Test
  void whereNamesTheTransportAndWhyItIsNotABetterOne() {
    assertThat(environment.railfs("where", "/file").ok().out())
        .containsPattern("(?m)^" + worker() + " +local$");
    Config json =
        ConfigFactory.parseString(
            environment
                .railfs("where", "--json", "-D", "railfs.client.data.transport=tcp", "/file")
                .ok()
                .out());
    Config first = json.getConfigList("blocks").get(0).getConfigList("workers").get(0);
    assertThat(first.getString("transport")).isEqualTo("tcp");
  }

  @Test
  void benchMeasuresEachTransport() {
    Config json =
        ConfigFactory.parseString(
            environment
                .railfs("bench", "net", "--transport=all", "--duration=300ms", "--json")
                .ok()
                .out());
    List<? extends Config> transports = json.getConfigList("transports");
    assertThat(transports).extracting(one -> one.getString("transport")).contains("tcp", "local");
    for (Config one : transports) {
      if (one.getString("problem").isEmpty()) {
        assertThat(one.getLong("p50_nanos")).isBetween(1L, one.getLong("p99_nanos"));
        assertThat(one.getLong("bytes_per_second")).isPositive();
      }
    }
    assertThat(transports)
        .filteredOn(one -> List.of("tcp", "local").contains(one.getString("transport")))
        .allSatisfy(one -> assertThat(one.getString("problem")).isEmpty());
    assertThat(
            environment.railfs("bench", "net", "--transport=local", "--duration=300ms").ok().out())
        .containsPattern("(?m)^" + worker() + " +local +[0-9.]+ ms +[0-9.]+ ms +.*Gb/s");
  }
}
