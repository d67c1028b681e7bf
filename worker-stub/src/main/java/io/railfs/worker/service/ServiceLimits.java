// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.railfs.base.Units;
import java.time.Duration;

/**
 * Settings under railfs.worker.limits, for each of the two services; reference.conf says what they
 * mean. Times are in milliseconds.
 */
public record ServiceLimits(
    int connections,
    int connectionsPerAddress,
    int requestsPerConnection,
    long handshakeTimeout,
    long frameTimeout,
    long idleTimeout,
    long stallTimeout,
    long requestTimeout) {

  /**
   * Reads and checks the settings.
   *
   * @param config the object railfs.worker.limits
   */
  public static ServiceLimits of(Config config) {
    return new ServiceLimits(
        count(config, "connections"),
        count(config, "connections-per-address"),
        count(config, "requests-per-connection"),
        millis(config, "handshake-timeout"),
        millis(config, "frame-timeout"),
        millis(config, "idle-timeout"),
        millis(config, "stall-timeout"),
        millis(config, "request-timeout"));
  }

  /** The same, with no more connections than these. */
  public ServiceLimits atMost(int most) {
    return new ServiceLimits(
        Math.min(connections, most),
        connectionsPerAddress,
        requestsPerConnection,
        handshakeTimeout,
        frameTimeout,
        idleTimeout,
        stallTimeout,
        requestTimeout);
  }

  private static int count(Config config, String key) {
    int value = config.getInt(key);
    if (value < 1) {
      throw bad(config, key, value + " is not at least 1");
    }
    return value;
  }

  private static long millis(Config config, String key) {
    Duration value = Units.duration(config, key, "railfs.worker.limits." + key);
    if (value.compareTo(Duration.ofMillis(10)) < 0 || value.compareTo(Duration.ofDays(1)) > 0) {
      throw bad(config, key, config.getValue(key).unwrapped() + " is not between 10ms and 1d");
    }
    return value.toMillis();
  }

  private static ConfigException.BadValue bad(Config config, String key, String sentence) {
    return new ConfigException.BadValue(
        config.getValue(key).origin(), "railfs.worker.limits." + key, sentence);
  }
}
