// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric;

import com.typesafe.config.Config;

/**
 * Settings under railfs.fabric; reference.conf says what they mean.
 *
 * @param requireInfiniband whether devices that are named must be InfiniBand
 * @param fallback whether data connections may leave the devices that are named
 */
public record FabricSettings(boolean requireInfiniband, boolean fallback) {
  /** Reads the settings of a resolved configuration. */
  public static FabricSettings of(Config root) {
    return new FabricSettings(
        root.getBoolean("railfs.fabric.require-infiniband"),
        root.getBoolean("railfs.fabric.fallback"));
  }
}
