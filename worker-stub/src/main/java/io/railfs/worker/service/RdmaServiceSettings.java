// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

import static java.util.Objects.requireNonNull;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.railfs.base.Units;
import io.railfs.fabric.rdma.RdmaPath;

/**
 * Settings under railfs.worker.rdma; reference.conf says what they mean.
 *
 * @param mode whether blocks are offered
 * @param memory bytes of registered memory, on all devices together
 * @param path how connections are set up
 */
public record RdmaServiceSettings(Mode mode, long memory, RdmaPath path) {
  private static final String PATH = "railfs.worker.rdma";
  private static final long MIN_MEMORY = 16 << 20;
  private static final long MAX_MEMORY = 64L << 30;

  /** Whether blocks are offered over RDMA. */
  public enum Mode {
    /** Never. */
    OFF,
    /** Where there are devices that can be used. */
    AUTO,
    /** Always; without a device the worker does not start. */
    REQUIRED
  }

  public RdmaServiceSettings {
    requireNonNull(mode, "mode is null");
    requireNonNull(path, "path is null");
  }

  /**
   * Reads and checks the settings of a resolved configuration.
   *
   * @throws ConfigException with the origin and path of what is not allowed
   */
  public static RdmaServiceSettings of(Config root) {
    Config config = root.getConfig(PATH);
    long memory = Units.bytes(config, "memory", PATH + ".memory");
    if (memory < MIN_MEMORY || memory > MAX_MEMORY) {
      throw bad(config, "memory", "a size between 16MiB and 64GiB is needed");
    }
    Mode mode = mode(config);
    if (mode == Mode.REQUIRED && root.getBoolean("railfs.security.tls.enabled")) {
      throw bad(
          config,
          "enabled",
          "rdma does not encrypt, and railfs.security.tls.enabled = true asks for encryption; set"
              + " one of them to false");
    }
    return new RdmaServiceSettings(mode, memory, RdmaPath.of(root));
  }

  private static Mode mode(Config config) {
    String text = config.getString("enabled").strip();
    return switch (text) {
      case "auto" -> Mode.AUTO;
      case "true" -> Mode.REQUIRED;
      case "false" -> Mode.OFF;
      default -> throw bad(config, "enabled", "'" + text + "' is none of auto, true and false");
    };
  }

  private static ConfigException bad(Config config, String key, String sentence) {
    return new ConfigException.BadValue(config.getValue(key).origin(), PATH + "." + key, sentence);
  }
}
