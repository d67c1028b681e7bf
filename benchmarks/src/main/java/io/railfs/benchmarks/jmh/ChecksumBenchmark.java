// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.jmh;

import io.railfs.protocol.Checksums;
import io.railfs.protocol.Chunks;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The CRC32C of a chunk, 16 KiB outside the heap. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ChecksumBenchmark {
  private final ByteBuffer chunk = ByteBuffer.allocateDirect(Chunks.SIZE);

  @Benchmark
  public int chunk() {
    return Checksums.crc32c(chunk);
  }
}
