// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision;

import io.railfs.configuration.Environment;
import java.time.Instant;

/** Time since the person pressed return. */
public final class LaunchClock {
  private LaunchClock() {}

  /** Milliseconds since the launcher began; since the JVM did, where there was none. */
  public static long millisSinceCommand() {
    String launched = Environment.ofThisProcess().get("RAILFS_LAUNCHED_MS").orElse("");
    long now = System.currentTimeMillis();
    if (launched.matches("\\d{1,18}")) {
      return now - Long.parseLong(launched);
    }
    return now
        - ProcessHandle.current().info().startInstant().map(Instant::toEpochMilli).orElse(now);
  }
}
