// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store;

import static io.railfs.worker.store.StoreFixture.BLOCK;
import static io.railfs.worker.store.StoreFixture.blockFiles;
import static io.railfs.worker.store.StoreFixture.file;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.railfs.protocol.Chunks;
import io.railfs.protocol.Seed;
import io.railfs.worker.store.disk.BlockFile;
import io.railfs.worker.store.disk.BlockKey;
import io.railfs.worker.store.disk.DirectoryStatus;
import io.railfs.worker.store.disk.FileId;
import io.railfs.worker.store.disk.Quarantine;
import io.railfs.worker.store.disk.StoreException;
import io.railfs.worker.store.disk.StoredBlock;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BlockStoreTest {
  private static final long LARGE = 1L << 30;

  @TempDir Path directory;

  @Test
  void theStoreStaysWithinItsCapacityAndServesEveryBlockRight() throws Exception {
    long capacity = 20L * BLOCK;
    FileId id = file("/f", 200L * BLOCK + 77);
    try (StoreFixture fixture = StoreFixture.open(capacity, directory)) {
      for (int i = 0; i <= 200; i++) {
        fixture.check(id, i);
        assertThat(StoreFixture.size(directory)).isLessThanOrEqualTo(capacity);
      }
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() -> assertSumsAreRight(fixture, capacity / 100 * 95));
    }
  }

  /** Once the eviction in the background has ended. */
  private void assertSumsAreRight(StoreFixture fixture, long mostBytes) {
    DirectoryStatus status = fixture.store.directories().get(0);
    assertThat(status.usedBytes())
        .isEqualTo(StoreFixture.size(directory))
        .isPositive()
        .isLessThanOrEqualTo(mostBytes);
    assertThat(status.blocks()).isEqualTo(blockFiles(directory).size());
    assertThat(fixture.store.counters().evictions()).isEqualTo(201 - status.blocks());
  }

  @Test
  void aBlockThatIsEvictedWhileItIsReadIsReadToItsEnd() throws Exception {
    FileId id = file("/f", 200L * BLOCK);
    try (StoreFixture fixture = StoreFixture.open(8L * BLOCK, directory)) {
      Block held = StoreFixture.await(fixture.start(id, 0));
      for (int i = 1; i < 200; i++) {
        fixture.check(id, i);
      }
      StoreFixture.check(held, id, 0);
    }
  }

  @Test
  void theFileOfABlockThatIsEvictedWhileItIsOpenedIsNotKeptOpen() throws Exception {
    FileId id = file("/f", BLOCK);
    try (StoreFixture fixture = StoreFixture.open(LARGE, directory)) {
      fixture.check(id, 0);
      StoredBlock found = fixture.store.find(id, 0);
      FileChannel file = found.directory().files().open(found.key());
      assertThat(fixture.store.evict(found.directory())).isTrue();
      assertThat(blockFiles(directory)).isEmpty();
      StoreFixture.check(fixture.store.readOpened(id, found, file), id, 0);
      assertThat(fixture.store.peek(id, 0)).isNull();
      await().atMost(Duration.ofSeconds(30)).until(() -> !file.isOpen());
    }
  }

  @Test
  void blocksAreFoundAgainAfterARestartAndUnfinishedOnesRemoved() throws Exception {
    FileId id = file("/d/\u00e9", 9L * BLOCK + 5);
    try (StoreFixture fixture = StoreFixture.open(LARGE, directory)) {
      for (int i = 0; i < 10; i++) {
        fixture.check(id, i);
      }
    }
    Path shard = blockFiles(directory).get(0).getParent();
    Path unfinished = Files.write(shard.resolve(".tmp-x"), new byte[100]);
    Path foreign = Files.write(shard.resolve("README"), new byte[100]);
    try (StoreFixture fixture = StoreFixture.open(LARGE, directory)) {
      assertThat(unfinished).doesNotExist();
      assertThat(foreign).exists();
      assertThat(fixture.store.directories().get(0).blocks()).isEqualTo(10);
      for (int i = 0; i < 10; i++) {
        fixture.check(id, i);
      }
      assertThat(fixture.ufs.reads).hasValue(0);
    }
  }

  @Test
  void aSmallerCapacityAfterARestartIsKept() throws Exception {
    FileId id = file("/f", 40L * BLOCK);
    try (StoreFixture fixture = StoreFixture.open(LARGE, directory)) {
      for (int i = 0; i < 40; i++) {
        fixture.check(id, i);
      }
    }
    try (StoreFixture fixture = StoreFixture.open(10L * BLOCK, directory)) {
      assertThat(StoreFixture.size(directory)).isLessThanOrEqualTo(10L * BLOCK).isPositive();
      assertThat(fixture.store.directories().get(0).usedBytes())
          .isEqualTo(StoreFixture.size(directory));
    }
  }

  /** Damages the only block file after a stop; the next start must notice and load it again. */
  private interface Damage {
    void to(Path file) throws IOException;
  }

  private void assertDetected(Damage damage) throws Exception {
    FileId id = file("/f", BLOCK);
    try (StoreFixture fixture = StoreFixture.open(LARGE, directory)) {
      fixture.check(id, 0);
    }
    damage.to(blockFiles(directory).get(0));
    try (StoreFixture fixture = StoreFixture.open(LARGE, directory)) {
      fixture.check(id, 0);
      assertThat(fixture.ufs.reads).hasValue(1);
      assertThat(fixture.store.counters().quarantined()).isEqualTo(1);
      assertThat(blockFiles(directory)).hasSize(1);
      fixture.check(id, 0);
      assertThat(fixture.ufs.reads).hasValue(1);
    }
  }

  @Test
  void aTruncatedFileIsDetectedWhereverItEnds() throws Exception {
    int tail = Chunks.count(BLOCK) * 4 + 2 + BlockFile.FOOTER_LENGTH;
    for (int length : new int[] {0, 1, 63, BLOCK / 2, BLOCK, BLOCK + tail - 1}) {
      assertDetected(
          file -> {
            try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
              open.setLength(length);
            }
          });
    }
  }

  @Test
  void aFlippedBitAnywhereBehindTheDataIsDetected() throws Exception {
    long seed = Seed.take();
    Random random = new Random(seed);
    int tail = Chunks.count(BLOCK) * 4 + 2 + BlockFile.FOOTER_LENGTH;
    for (int i = 0; i < 40; i++) {
      int at = BLOCK + random.nextInt(tail);
      int bit = 1 << random.nextInt(8);
      assertDetected(file -> flip(file, at, bit));
    }
  }

  private static void flip(Path file, int at, int bit) throws IOException {
    try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
      open.seek(at);
      int was = open.read();
      open.seek(at);
      open.write(was ^ bit);
    }
  }

  @Test
  void aFileOfGarbageOrZerosOfTheRightLengthIsDetected() throws Exception {
    assertDetected(file -> Files.write(file, new byte[(int) Files.size(file)]));
    assertDetected(
        file -> {
          byte[] garbage = new byte[(int) Files.size(file)];
          new Random(3).nextBytes(garbage);
          Files.write(file, garbage);
        });
  }

  @Test
  void aGoodFileUnderTheNameOfAnotherBlockIsDetected() throws Exception {
    FileId one = file("/one", 2L * BLOCK);
    FileId two = file("/two", 2L * BLOCK);
    try (StoreFixture fixture = StoreFixture.open(LARGE, directory)) {
      fixture.check(one, 0);
    }
    Path stored = blockFiles(directory).get(0);
    byte[] bytes = Files.readAllBytes(stored);
    for (BlockKey other : List.of(two.key(0), one.key(1))) {
      Path shard = Files.createDirectories(directory.resolve(other.shard()));
      Files.write(shard.resolve(other.toString()), bytes);
    }
    try (StoreFixture fixture = StoreFixture.open(LARGE, directory)) {
      fixture.check(two, 0);
      fixture.check(one, 1);
      fixture.check(one, 0);
      assertThat(fixture.store.counters().quarantined()).isEqualTo(2);
    }
  }

  @Test
  void aFlippedBitInTheDataIsDetectedWhenTheBlockIsSuspected() throws Exception {
    FileId id = file("/f", BLOCK);
    try (StoreFixture fixture = StoreFixture.open(LARGE, directory)) {
      fixture.check(id, 0);
      for (int at : new int[] {0, Chunks.SIZE - 1, BLOCK / 2 + 1, BLOCK - 1}) {
        int reads = fixture.ufs.reads.get();
        flip(blockFiles(directory).get(0), at, 0x10);
        StoreFixture.check(StoreFixture.await(fixture.startVerified(id, 0)), id, 0);
        assertThat(fixture.ufs.reads).hasValue(reads + 1);
      }
      assertThat(fixture.store.counters().quarantined()).isEqualTo(4);
    }
  }

  @Test
  void theQuarantineKeepsTheLastFewFilesOnly() throws Exception {
    FileId id = file("/f", 64L * BLOCK);
    try (StoreFixture fixture = StoreFixture.open(LARGE, directory)) {
      for (int i = 0; i < 2 * Quarantine.MAX_FILES; i++) {
        fixture.check(id, i);
        flip(fixture.store.pathOf(id, i), 5, 1);
        StoreFixture.check(StoreFixture.await(fixture.startVerified(id, i)), id, i);
      }
      assertThat(directory.resolve("quarantine").toFile().list())
          .hasSize(Quarantine.MAX_FILES)
          .contains(id.key(2 * Quarantine.MAX_FILES - 1).toString());
    }
  }

  @Test
  void aBlockFileThatWasDeletedIsLoadedAgain() throws Exception {
    FileId id = file("/f", BLOCK);
    try (StoreFixture fixture = StoreFixture.open(LARGE, directory)) {
      fixture.check(id, 0);
    }
    try (StoreFixture fixture = StoreFixture.open(LARGE, directory)) {
      Files.delete(blockFiles(directory).get(0));
      fixture.check(id, 0);
      assertThat(fixture.ufs.reads).hasValue(1);
      assertThat(fixture.store.directories().get(0).blocks()).isEqualTo(1);
    }
  }

  @Test
  void blocksAreSpreadOverTheDirectoriesAndFoundInEach() throws Exception {
    Path[] paths = {directory.resolve("a"), directory.resolve("b"), directory.resolve("c")};
    FileId id = file("/f", 30L * BLOCK);
    try (StoreFixture fixture = StoreFixture.open(LARGE, paths)) {
      for (int i = 0; i < 30; i++) {
        fixture.check(id, i);
      }
      for (Path path : paths) {
        assertThat(blockFiles(path)).hasSize(10);
      }
    }
    // The same block in two directories, as a crash may leave it, is kept once.
    Path moved = blockFiles(paths[0]).get(0);
    Path copy = paths[1].resolve(paths[0].relativize(moved).toString());
    Files.createDirectories(copy.getParent());
    Files.copy(moved, copy, StandardCopyOption.REPLACE_EXISTING);
    try (StoreFixture fixture = StoreFixture.open(LARGE, paths)) {
      assertThat(Arrays.stream(paths).mapToInt(StoreFixture::count).sum()).isEqualTo(30);
      for (int i = 0; i < 30; i++) {
        fixture.check(id, i);
      }
      assertThat(fixture.ufs.reads).hasValue(0);
    }
  }

  @Test
  void aDirectoryListedTwiceIsRefused() {
    assertThatThrownBy(() -> StoreFixture.open(LARGE, directory, directory))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("in use");
  }

  @Test
  void versionsOfAFileAreBlocksOfTheirOwn() {
    BlockKey key = file("/f", 10, 1).key(0);
    assertThat(key).isEqualTo(file("/f", 10, 1).key(0));
    assertThat(key).isNotEqualTo(file("/f", 10, 2).key(0));
    assertThat(key).isNotEqualTo(file("/f", 11, 1).key(0));
    assertThat(key).isNotEqualTo(file("/g", 10, 1).key(0));
    assertThat(key).isNotEqualTo(file("/f", 10, 1).key(1));
    assertThat(BlockKey.parse(key.toString())).isEqualTo(key);
    for (String name : List.of("", "x", key + "x", "-" + key, key + "0-")) {
      assertThat(BlockKey.parse(name)).isNull();
    }
  }

  @Test
  void aFileOfAnotherTimeOrUfsUnderABlocksNameIsBad() throws Exception {
    FileId id = file("/f", BLOCK);
    List<FileId> others =
        List.of(
            file("/f", BLOCK, 2),
            new FileId("another UFS", id.path(), id.version(), id.blockSize()));
    try (StoreFixture fixture = StoreFixture.open(LARGE, directory)) {
      fixture.check(id, 0);
      Path stored = fixture.store.pathOf(id, 0);
      int reads = 1;
      for (FileId other : others) {
        fixture.check(other, 0);
        assertThat(fixture.ufs.reads).hasValue(++reads);
        Files.copy(stored, fixture.store.pathOf(other, 0), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    try (StoreFixture fixture = StoreFixture.open(LARGE, directory)) {
      for (FileId other : others) {
        fixture.check(other, 0);
      }
      assertThat(fixture.store.counters().quarantined()).isEqualTo(2);
      assertThat(fixture.ufs.reads).hasValue(2);
    }
  }
}
