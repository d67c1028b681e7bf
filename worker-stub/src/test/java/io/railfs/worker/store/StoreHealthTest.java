// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store;

import static io.railfs.worker.store.StoreFixture.BLOCK;
import static io.railfs.worker.store.StoreFixture.file;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.railfs.worker.TestMount;
import io.railfs.worker.store.disk.BlockKey;
import io.railfs.worker.store.disk.DirectoryHealth;
import io.railfs.worker.store.disk.DirectoryStatus;
import io.railfs.worker.store.disk.DirectoryStatus.State;
import io.railfs.worker.store.disk.FileId;
import io.railfs.worker.store.disk.Quarantine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Directories whose disks fail are disabled after a few failures, and come back. */
final class StoreHealthTest {
  private static final long LARGE = 1L << 30;
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  @TempDir Path directory;

  private static State state(StoreFixture fixture, int index) {
    return fixture.store.directories().get(index).state();
  }

  private static void awaitState(StoreFixture fixture, int index, State state) {
    await().atMost(TIMEOUT).until(() -> state(fixture, index) == state);
  }

  @Test
  void aDirectoryThatTakesNoWritesIsLeftAloneAfterAFewAndComesBack() throws Exception {
    FileId id = file("/f", 200L * BLOCK);
    try (TestMount disk = TestMount.tmpfs(directory.resolve("a"), "size=16m");
        StoreFixture fixture = StoreFixture.open(LARGE, disk.path(), directory.resolve("b"))) {
      for (int i = 0; i < 20; i++) {
        fixture.check(id, i);
      }
      Path ballast = fill(disk.path());
      for (int i = 20; i < 60; i++) {
        fixture.check(id, i);
      }
      DirectoryStatus sick = fixture.store.directories().get(0);
      assertThat(sick.state()).isEqualTo(State.NO_WRITES);
      assertThat(sick.lastError()).contains("disk full").doesNotContain("java.");
      assertThat(sick.writeFailures()).isEqualTo(DirectoryHealth.FEW);
      assertThat(fixture.store.counters().unstored()).isZero();
      // What it holds is served, and nothing was loaded twice.
      for (int i = 0; i < 60; i++) {
        fixture.check(id, i);
      }
      assertThat(fixture.ufs.reads).hasValue(60);
      assertThat(state(fixture, 1)).isEqualTo(State.HEALTHY);
      Files.delete(ballast);
      awaitState(fixture, 0, State.HEALTHY);
      long before = fixture.store.directories().get(0).blocks();
      for (int i = 60; i < 100; i++) {
        fixture.check(id, i);
      }
      assertThat(fixture.store.directories().get(0).blocks()).isGreaterThan(before);
    }
  }

  @Test
  void badBlocksThatWerePutAsideGoWhereTheyFillTheDisk() throws Exception {
    FileId id = file("/f", 200L * BLOCK);
    try (TestMount disk = TestMount.tmpfs(directory.resolve("a"), "size=16m");
        StoreFixture fixture = StoreFixture.open(LARGE, disk.path(), directory.resolve("b"))) {
      fixture.check(id, 0);
      Path aside = Files.createDirectory(disk.path().resolve("quarantine"));
      for (int i = 0; i < Quarantine.MAX_FILES; i++) {
        Files.write(aside.resolve(id.key(100 + i).toString()), new byte[BLOCK]);
      }
      fill(disk.path());
      // Fewer than give way: where that happens meanwhile, the rest must not fill the disk again.
      for (int i = 1; i < Quarantine.MAX_FILES - 1; i++) {
        fixture.check(id, i);
      }
      assertThat(fixture.store.directories().get(0).writeFailures()).isEqualTo(DirectoryHealth.FEW);
      awaitState(fixture, 0, State.HEALTHY);
      assertThat(aside).isEmptyDirectory();
    }
  }

  /** Takes all space of a disk but half a block. */
  private static Path fill(Path disk) throws IOException {
    int free = (int) Files.getFileStore(disk).getUsableSpace() - BLOCK / 2;
    return Files.write(disk.resolve("ballast"), new byte[free]);
  }

  private static void readAll(StoreFixture fixture, FileId id, List<Path> files) throws Exception {
    for (Path file : files) {
      fixture.check(id, BlockKey.parse(String.valueOf(file.getFileName())).index());
    }
  }

  @Test
  void aDirectoryThatCannotBeReadIsLeftAloneAndItsBlocksAreLoadedIntoTheOthers() throws Exception {
    FileId id = file("/f", 20L * BLOCK);
    Path one = directory.resolve("a");
    Path two = directory.resolve("b");
    try (StoreFixture fixture = StoreFixture.open(LARGE, one, two)) {
      for (int i = 0; i < 20; i++) {
        fixture.check(id, i);
      }
    }
    try (StoreFixture fixture = StoreFixture.open(LARGE, one, two)) {
      List<Path> files = StoreFixture.blockFiles(one);
      assertThat(files).hasSize(10);
      // Opening a symlink to itself fails with an error that is not about this block being absent.
      for (Path file : files) {
        Files.delete(file);
        Files.createSymbolicLink(file, file.getFileName());
      }
      for (int round = 0; round < 2; round++) {
        readAll(fixture, id, files.subList(0, 5));
      }
      DirectoryStatus sick = fixture.store.directories().get(0);
      assertThat(sick.state()).isEqualTo(State.AWAY);
      assertThat(sick.readFailures()).isEqualTo(DirectoryHealth.FEW);
      int reads = fixture.ufs.reads.get();
      readAll(fixture, id, files.subList(0, 5));
      assertThat(fixture.ufs.reads).hasValue(reads);
      assertThat(StoreFixture.blockFiles(two)).hasSize(15);
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
      awaitState(fixture, 0, State.HEALTHY);
      assertThat(fixture.store.directories().get(0).blocks()).isZero();
    }
  }

  @Test
  void aStoreWhoseOnlyDiskIsFullGivesWaySoThatItTurnsOver() throws Exception {
    FileId id = file("/f", 400L * BLOCK);
    try (TestMount disk = TestMount.tmpfs(directory.resolve("disk"), "size=4m");
        StoreFixture fixture = StoreFixture.open(LARGE, disk.path())) {
      for (int i = 0; i < 60; i++) {
        fixture.check(id, i);
      }
      assertThat(fixture.store.counters().unstored()).isPositive();
      awaitState(fixture, 0, State.HEALTHY);
      // The room of a file that is removed comes with its last descriptor, so a write may fail yet.
      AtomicInteger next = new AtomicInteger(60);
      await().atMost(TIMEOUT).until(() -> isKept(fixture, id, next.getAndIncrement()));
      assertThat(fixture.store.counters().evictions()).isPositive();
    }
  }

  /** Whether a block that is asked for is there when it is asked for again. */
  private static boolean isKept(StoreFixture fixture, FileId id, int block) throws Exception {
    fixture.check(id, block);
    int reads = fixture.ufs.reads.get();
    fixture.check(id, block);
    return fixture.ufs.reads.get() == reads;
  }

  @Test
  void whatTheStartScanCouldNotReadIsFoundLaterAndAllTheRestAtOnce() throws Exception {
    FileId id = file("/f", 400L * BLOCK);
    int blocks = 40;
    try (StoreFixture fixture = StoreFixture.open(LARGE, directory)) {
      for (int i = 0; i < blocks; i++) {
        fixture.check(id, i);
      }
    }
    // All blocks of one file are in one shard: a second file's are elsewhere.
    FileId other = file("/other", 10L * BLOCK);
    assertThat(other.key(0).shard()).isNotEqualTo(id.key(0).shard());
    try (StoreFixture fixture = StoreFixture.open(LARGE, directory)) {
      for (int i = 0; i < 10; i++) {
        fixture.check(other, i);
      }
    }
    Path first = directory.resolve(min(id.key(0).shard(), other.key(0).shard()));
    Path aside = directory.resolve("aside");
    Files.move(first, aside);
    Files.createSymbolicLink(first, first.getFileName());
    try (StoreFixture fixture = StoreFixture.open(LARGE, directory)) {
      DirectoryStatus status = fixture.store.directories().get(0);
      assertThat(status.state()).isEqualTo(State.HEALTHY);
      assertThat(status.scanning()).isTrue();
      assertThat(status.readFailures()).isEqualTo(1);
      assertThat(status.blocks()).isIn(10L, 40L);
      putBack(aside, first);
      await().atMost(TIMEOUT).until(() -> fixture.store.directories().get(0).blocks() == 50);
      await().atMost(TIMEOUT).until(() -> !fixture.store.directories().get(0).scanning());
      for (int i = 0; i < blocks; i++) {
        fixture.check(id, i);
      }
      assertThat(fixture.ufs.reads).hasValue(0);
      assertThat(fixture.store.directories().get(0).usedBytes())
          .isEqualTo(StoreFixture.size(directory));
    }
  }

  /** In one step, so that no scan finds the shard absent meanwhile. */
  private static void putBack(Path aside, Path shard) throws IOException {
    Path link = Files.createSymbolicLink(aside.resolveSibling("link"), aside);
    Files.move(link, shard, StandardCopyOption.ATOMIC_MOVE);
  }

  private static String min(String one, String other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  @Test
  void aDirectoryWhoseStartScanFailedAltogetherIsScannedWhenItIsReadAgain() throws Exception {
    FileId id = file("/f", 20L * BLOCK);
    Path one = directory.resolve("a");
    Path two = directory.resolve("b");
    try (StoreFixture fixture = StoreFixture.open(LARGE, one)) {
      for (int i = 0; i < 20; i++) {
        fixture.check(id, i);
      }
    }
    Path shard = one.resolve(id.key(0).shard());
    Path aside = directory.resolve("aside");
    Files.move(shard, aside);
    for (int i = 0; i < 256; i++) {
      Path link = one.resolve(String.format("%02x", i));
      Files.createSymbolicLink(link, link.getFileName());
    }
    try (StoreFixture fixture = StoreFixture.open(LARGE, one, two)) {
      assertThat(state(fixture, 0)).isEqualTo(State.AWAY);
      // First what holds blocks: the directory is healthy once no subdirectory fails to be read.
      putBack(aside, shard);
      for (int i = 0; i < 256; i++) {
        Path link = one.resolve(String.format("%02x", i));
        if (!link.equals(shard)) {
          Files.delete(link);
        }
      }
      awaitState(fixture, 0, State.HEALTHY);
      assertThat(fixture.store.directories().get(0).blocks()).isEqualTo(20);
      for (int i = 0; i < 20; i++) {
        fixture.check(id, i);
      }
      assertThat(fixture.ufs.reads).hasValue(0);
    }
  }
}
