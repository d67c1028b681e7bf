// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.railfs.base.HumanReadable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.BitSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ReadWorkloadTest {
  private static final int BLOCK = 1000;

  @TempDir Path directory;

  /** Notes what was read. */
  private static final class Memory implements ReadSource {
    private final BitSet read = new BitSet();
    private final int size;

    Memory(int size) {
      this.size = size;
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    public synchronized void read(long offset, int length) throws IOException {
      if (offset < 0 || length < 1 || offset + length > size) {
        throw new IOException("outside: " + offset + " " + length);
      }
      read.set((int) offset, (int) offset + length);
    }

    @Override
    public void close() {}
  }

  private static WorkloadPlan plan(int streams, boolean random, long region) {
    return new WorkloadPlan(streams, BLOCK, random, region, Duration.ofMillis(100));
  }

  @ParameterizedTest
  @CsvSource({"1,1", "1,2500", "4,2500", "64,10000", "7,99999"})
  void warmUpReadsEveryByteOfTheRegion(int streams, int size) throws Exception {
    Memory memory = new Memory(size);
    ReadWorkload.warmUp(memory, plan(streams, false, size), bytes -> {});
    assertThat(memory.read.cardinality()).isEqualTo(size);
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void loadReadsInsideTheRegionAndCounts(boolean random) throws Exception {
    Memory memory = new Memory(50_000);
    WorkloadResult result = ReadWorkload.run(memory, plan(3, random, 10_500), bytes -> {});
    assertThat(memory.read.length()).isBetween(1, 10_500);
    assertThat(result.reads()).isPositive();
    assertThat(result.bytes()).isBetween(1L, result.reads() * BLOCK);
    assertThat(result.nanos()).isGreaterThanOrEqualTo(100_000_000);
    assertThat(result.medianNanos()).isLessThanOrEqualTo(result.p99Nanos());
    assertThat(result.processorShare()).isBetween(0.0, 1.0);
  }

  @Test
  void failureOfOneStreamEndsTheLoadWithItsReason() {
    Memory memory = new Memory(100);
    assertThatThrownBy(() -> ReadWorkload.run(memory, plan(2, false, 5_000), bytes -> {}))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("outside: ");
  }

  @Test
  void fileIsReadToItsLastByteWhateverItsLength() throws Exception {
    Path file = Files.write(directory.resolve("f"), new byte[10_001]);
    WorkloadPlan plan = new WorkloadPlan(2, 4096, false, 10_001, Duration.ofMillis(100));
    try (MountedFile source = MountedFile.open(file, false, 4096)) {
      ReadWorkload.warmUp(source, plan, bytes -> {});
      assertThat(ReadWorkload.run(source, plan, bytes -> {}).bytes()).isPositive();
    }
  }

  @Test
  void fileIsReadAroundTheKernelsPages() throws Exception {
    // Beside the sources, for a temporary directory may be in memory, which has no O_DIRECT.
    Path file = Files.write(Path.of("target/direct.bin"), new byte[10_001]);
    WorkloadPlan plan = new WorkloadPlan(2, 4096, true, 10_001, Duration.ofMillis(100));
    try (MountedFile source = MountedFile.open(file, true, 4096)) {
      assertThat(ReadWorkload.run(source, plan, bytes -> {}).bytes()).isPositive();
    } finally {
      Files.delete(file);
    }
  }

  @Test
  void directoryIsNoFile() {
    assertThatThrownBy(() -> MountedFile.open(directory, false, 4096))
        .isInstanceOf(IOException.class)
        .hasMessageEndingWith("is not a file");
  }

  @Test
  void limitIsTheNetworkNearItsRateThenTheProcessorsThenTheReadsAndMemoryWithoutNetwork() {
    assertThat(Bottleneck.of(1000, 900, 0.99, 1)).isEqualTo(Bottleneck.NETWORK);
    assertThat(Bottleneck.of(1000, 500, 0.9, 1)).isEqualTo(Bottleneck.PROCESSOR);
    assertThat(Bottleneck.of(1000, 500, 0.3, 1)).isEqualTo(Bottleneck.READS);
    assertThat(Bottleneck.of(1000, 900, 0.9, 0.01)).isEqualTo(Bottleneck.MEMORY);
  }

  @Test
  void processorTimeIsThatOfTheFirstLineOfProcStat() {
    ProcessorTime before = ProcessorTime.parse("cpu  10 0 10 70 10 0 0 0 5 0");
    ProcessorTime after = ProcessorTime.parse("cpu  40 0 40 100 10 0 0 0 9 0");
    assertThat(after.shareSince(before)).isEqualTo(60.0 / 90);
  }

  @ParameterizedTest
  @CsvSource({
    "cpu  11 0 10 70 5 0 0 0, 0",
    "cpu  10 0 10 70 5 0 0 0, 0",
    "cpu  10 0 10 70 10 0 0 0, 0",
    "cpu  15 0 10 70 8 0 0 0, 1",
    "cpu  9 0 10 80 10 0 0 0, 0"
  })
  void shareIsWithinItsBoundsAlsoWhereTheKernelsCountersDecrease(String now, double share) {
    ProcessorTime before = ProcessorTime.parse("cpu  10 0 10 70 10 0 0 0");
    assertThat(ProcessorTime.parse(now).shareSince(before)).isEqualTo(share);
  }

  @Test
  void ratesAreWrittenAsFilesAndAsNetworksAreMeasured() {
    assertThat(HumanReadable.rate(1_610_612_736)).isEqualTo("1.5 GiB/s (12.88 Gb/s)");
  }
}
