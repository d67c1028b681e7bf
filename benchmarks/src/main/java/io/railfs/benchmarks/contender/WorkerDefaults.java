// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.contender;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;

/** What a worker does where nothing is set, for contenders that are to do the same. */
public final class WorkerDefaults {
  private static final Config WORKER = ConfigFactory.defaultReference().getConfig("railfs.worker");

  private WorkerDefaults() {}

  /** Blocks that it loads at once. */
  public static int loaders() {
    return WORKER.getInt("loaders");
  }

  /** Bytes that it asks an object store for in one request. */
  static long rangeSize() {
    return WORKER.getBytes("ufs-limits.range-size");
  }
}
