// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.jmh;

import io.railfs.client.cluster.Placement;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Finding the owner of a block. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PlacementBenchmark {
  /** Consecutive blocks of a file of 64 GiB, so that they are asked for again and again. */
  private static final int BLOCKS = 1 << 14;

  /** How many there are. */
  @Param({"3", "1000"})
  public int workers;

  private Placement placement;
  private final long[] keys = new long[BLOCKS];
  private int next;

  /** Makes the workers and the blocks. */
  @Setup
  public void make() {
    List<String> ids = IntStream.range(0, workers).mapToObj(i -> "worker-" + i).toList();
    placement = new Placement(ids);
    var version = new io.railfs.protocol.FileVersion(1L << 36, 7, "");
    for (int i = 0; i < BLOCKS; i++) {
      keys[i] = Placement.key(io.railfs.protocol.RailPath.ROOT, version, i);
    }
  }

  @Benchmark
  public int owner() {
    next = (next + 1) % BLOCKS;
    return placement.first(keys[next]);
  }
}
