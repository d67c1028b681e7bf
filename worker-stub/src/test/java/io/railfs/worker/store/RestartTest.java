// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.railfs.protocol.Checksums;
import io.railfs.worker.store.disk.BlockFile;
import io.railfs.worker.store.disk.BlockFiles;
import io.railfs.worker.store.disk.BlockIndex;
import io.railfs.worker.store.disk.DirectoryScan;
import io.railfs.worker.store.disk.FileId;
import io.railfs.worker.store.disk.StoreDirectory;
import io.railfs.worker.store.disk.StoredBlock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A store with many blocks serves soon after its start. With -Drailfs.restart.blocks=1000000 it
 * shows how long a million takes.
 */
final class RestartTest {
  private static final int BLOCKS = Integer.getInteger("railfs.restart.blocks", 50_000);
  private static final long CAPACITY = 1L << 40;
  private static final long SCAN_NANOS = TimeUnit.MINUTES.toNanos(10);
  private static final int MAX_ROUNDS = 6;

  @TempDir Path directory;

  private static FileId id(int file) {
    return StoreFixture.file("/many/" + file, 100);
  }

  /** Block files as an earlier worker would leave them. */
  private static void fill(Path directory, int blocks) throws IOException {
    for (int shard = 0; shard < 256; shard++) {
      Files.createDirectories(directory.resolve(String.format("%02x", shard)));
    }
    BlockFiles files = new BlockFiles(directory);
    ByteBuffer data = ByteBuffer.allocate(100);
    for (int at = 0; at < 100; at++) {
      data.put(MemoryUfs.byteAt(at));
    }
    data.flip();
    int[] crcs = Checksums.ofChunks(data);
    for (int file = 0; file < blocks; file++) {
      FileId id = id(file);
      try (FileChannel out =
          FileChannel.open(
              files.of(id.key(0)), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        BlockFile.write(out, id, 0, data, crcs);
      }
    }
  }

  /** Nanoseconds from the start until every block is found, divided by the blocks. */
  private static long measure(Path store, int blocks) throws Exception {
    long start = System.nanoTime();
    try (StoreFixture fixture = StoreFixture.open(CAPACITY, store)) {
      long opened = System.nanoTime() - start;
      // Served whether it is found by the scan already or not.
      for (int i = 0; i < 200; i++) {
        fixture.check(id((int) ((long) i * blocks / 200)), 0);
      }
      long served = System.nanoTime() - start;
      assertThat(fixture.ufs.reads).hasValue(0);
      while (fixture.store.directories().get(0).scanning()) {
        assertThat(System.nanoTime() - start).isLessThan(SCAN_NANOS);
        TimeUnit.MILLISECONDS.sleep(5);
      }
      long scanned = System.nanoTime() - start;
      assertThat(fixture.store.directories().get(0).blocks()).isEqualTo(blocks);
      System.out.printf(
          "measured restart with %d blocks: open after %d ms, 200 served after %d, all found"
              + " after %d%n",
          blocks, opened / 1_000_000, served / 1_000_000, scanned / 1_000_000);
      assertThat(served).isLessThan(TimeUnit.SECONDS.toNanos(10));
      return scanned / blocks;
    }
  }

  @Test
  void aStoreWithManyBlocksServesWithinTenSecondsAndScansInLinearTime() throws Exception {
    fill(directory.resolve("few"), BLOCKS / 5);
    fill(directory.resolve("many"), BLOCKS);
    long few = Long.MAX_VALUE;
    long many = Long.MAX_VALUE;
    int rounds = 0;
    // The best of some rounds: what else the machine does disturbs one, or the other.
    do {
      few = Math.min(few, measure(directory.resolve("few"), BLOCKS / 5));
      many = Math.min(many, measure(directory.resolve("many"), BLOCKS));
      rounds++;
    } while (many >= 3 * Math.max(few, 2_000) && rounds < MAX_ROUNDS);
    // Five times as many take less than three times as long each.
    assertThat(many).isLessThan(3 * Math.max(few, 2_000));
  }

  @Test
  void aBlockThatTheScanHasNotComeToIsServed() throws Exception {
    fill(directory, 10);
    try (StoreDirectory scanning =
        StoreDirectory.open(directory, new LongAdder(), new LongAdder())) {
      BlockIndex index = new BlockIndex(java.util.List.of(scanning));
      scanning.setCapacity(CAPACITY, CAPACITY);
      assertThat(scanning.claim(1)).as("room while nothing is known").isFalse();
      assertThat(index.get(id(3).key(0))).isNull();
      StoredBlock found = index.find(id(3).key(0));
      assertThat(found.fileBytes()).isPositive();
      assertThat(index.find(id(77).key(0))).isNull();
      assertThat(
              new DirectoryScan(scanning)
                  .run(() -> false, (key, file) -> index.adopt(scanning, key, file)))
          .isEmpty();
      assertThat(index.get(id(3).key(0))).isSameAs(found);
      assertThat(scanning.blocks()).isEqualTo(10);
      scanning.endScan();
      assertThat(scanning.claimedBytes()).isEqualTo(scanning.usedBytes());
      assertThat(scanning.claim(1)).isTrue();
    }
  }
}
