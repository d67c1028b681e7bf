package io.railfs.worker;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Settings whose type the defaults do not tell: a share or a size, and those of one UFS. */
final class UnitsOfSettingsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "store.capacity = 100000000000",
        "store.probe-interval = 10",
        "block-size = 4194304",
        "drain-timeout = 5",
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
}
