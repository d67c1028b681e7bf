// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;

/** Settings of a worker for a test: any free ports, small blocks. */
public final class TestSettings {
  static final int BLOCK = 256 << 10;

  private TestSettings() {}

  static Config config(Path ufs, Path store) {
    return ConfigFactory.parseString(
            """
            railfs.worker {
              ufs = "file://%s"
              block-size = 256KiB
              rpc.bind { port = 0, host = "127.0.0.1" }
              data.bind { port = 0, host = "127.0.0.1" }
              web.bind { port = 0, host = "127.0.0.1" }
              rest.bind.port = 0
              drain-timeout = 0s
              store { directories = ["%s"], capacity = 64MiB }
            }
            """
                .formatted(ufs, store))
        .withFallback(ConfigFactory.load());
  }

  static WorkerSettings of(Path ufs, Path store) {
    return WorkerSettings.of(config(ufs, store));
  }

  public static WorkerSettings with(Path ufs, Path store, String overrides) {
    return WorkerSettings.of(
        ConfigFactory.parseString(overrides).withFallback(config(ufs, store)).resolve());
  }
}
