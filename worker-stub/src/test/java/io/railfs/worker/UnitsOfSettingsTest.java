// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Settings whose type the defaults do not show: a share or a size, and those of one UFS. */
final class UnitsOfSettingsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "store.capacity = 100000000000",
        "store.probe-interval = 10",
        "block-size = 4194304",
        "drain-timeout = 5",
        "listings.memory = 67108864",
        "limits.idle-timeout = 10",
        "ufs-limits.bandwidth = 1000000",
        "mounts.\"/s3\" { ufs = \"s3://bucket\", ufs-limits.attempt-timeout = 8 }",
        "mounts.\"/s3\" { ufs = \"s3://bucket\", ufs-limits.range-size = 4194304 }"
      })
  void aNumberWithoutAUnitIsRefused(String setting) {
    Config config =
        ConfigFactory.parseString(
                "railfs.worker { ufs = \"file:///tmp\" }\nrailfs.worker { " + setting + " }")
            .withFallback(ConfigFactory.defaultReference())
            .resolve();
    assertThatThrownBy(() -> WorkerSettings.of(config))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("with its unit");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"51%\"", "\"99%\"", "1TiB"})
  void listingsMayTakeHalfOfTheHeapAtMost(String memory) {
    assertThatThrownBy(() -> WorkerSettings.of(withListings(memory)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("railfs.worker.listings.memory")
        .hasMessageContaining("more than half of the heap");
  }

  @Test
  void listingsTakeAShareOrASizeOrNothing() {
    long heap = Runtime.getRuntime().maxMemory();
    assertThat(WorkerSettings.of(withListings("\"50%\"")).listingMemory())
        .isEqualTo(heap / 100 * 50);
    assertThat(WorkerSettings.of(withListings("3MiB")).listingMemory()).isEqualTo(3 << 20);
    assertThat(WorkerSettings.of(withListings("0B")).listingMemory()).isZero();
  }

  private static Config withListings(String memory) {
    return ConfigFactory.parseString(
            "railfs.worker { ufs = \"file:///tmp\", listings.memory = " + memory + " }")
        .withFallback(ConfigFactory.defaultReference())
        .resolve();
  }
}
