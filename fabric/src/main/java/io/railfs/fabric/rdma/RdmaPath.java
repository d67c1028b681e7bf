// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.rdma;

import static java.util.Objects.requireNonNull;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.railfs.base.Units;
import io.railfs.fabric.verbs.VerbsSettings;
import java.time.Duration;

/**
 * Settings under railfs.fabric.rdma; reference.conf says what they mean.
 *
 * @param verbs how queue pairs are set up; what it needs is not looked at
 * @param spin how long completions are polled for before a thread sleeps
 */
public record RdmaPath(VerbsSettings verbs, Duration spin) {
  private static final String PATH = "railfs.fabric.rdma";
  private static final VerbsSettings.Needs NO_NEEDS = new VerbsSettings.Needs(1, 1, 1, 0);
  private static final Duration MAX_SPIN = Duration.ofSeconds(1);

  public RdmaPath {
    requireNonNull(verbs, "verbs is null");
    requireNonNull(spin, "spin is null");
  }

  /** Everything is left to the device, and nothing is polled for. */
  public static RdmaPath plain() {
    return new RdmaPath(VerbsSettings.of(NO_NEEDS), Duration.ZERO);
  }

  /**
   * Reads and checks the settings of a resolved configuration.
   *
   * @throws ConfigException with the origin and path of what is not allowed
   */
  public static RdmaPath of(Config root) {
    Config config = root.getConfig(PATH);
    int mtu = number(config, "mtu", 256, 4096);
    if (mtu != VerbsSettings.CHOSEN && Integer.bitCount(mtu) != 1) {
      throw bad(config, "mtu", mtu + " is none of 256, 512, 1024, 2048 and 4096");
    }
    Duration spin = Units.duration(config, "spin", PATH + ".spin");
    if (spin.isNegative() || spin.compareTo(MAX_SPIN) > 0) {
      throw bad(config, "spin", "a duration between 0 and 1s is needed");
    }
    // With few processors the thread that polls would keep those from running that it waits for.
    boolean shares = Runtime.getRuntime().availableProcessors() <= 2;
    return new RdmaPath(
        new VerbsSettings(
            number(config, "gid-index", 0, 255),
            number(config, "traffic-class", 0, 255),
            number(config, "service-level", 0, 15),
            number(config, "pkey-index", 0, 127),
            mtu,
            NO_NEEDS),
        shares ? Duration.ZERO : spin);
  }

  private static int number(Config config, String key, int min, int max) {
    String text = config.getString(key).strip();
    if (text.equals("auto")) {
      return VerbsSettings.CHOSEN;
    }
    int value = text.matches("\\d{1,6}") ? Integer.parseInt(text) : VerbsSettings.CHOSEN;
    if (value < min || value > max) {
      throw bad(config, key, "'" + text + "' is neither auto nor from " + min + " to " + max);
    }
    return value;
  }

  private static ConfigException bad(Config config, String key, String sentence) {
    return new ConfigException.BadValue(config.getValue(key).origin(), PATH + "." + key, sentence);
  }
}
