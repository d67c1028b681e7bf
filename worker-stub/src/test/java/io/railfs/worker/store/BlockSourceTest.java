// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store;

import static io.railfs.worker.store.StoreFixture.BLOCK;
import static io.railfs.worker.store.StoreFixture.file;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.railfs.protocol.messages.ErrorCode;
import io.railfs.worker.TestMount;
import io.railfs.worker.store.disk.BlockFiles;
import io.railfs.worker.store.disk.FileId;
import io.railfs.worker.ufs.UfsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BlockSourceTest {
  private static final long LARGE = 1L << 30;

  @TempDir Path directory;

  @Test
  void aLoadIsSharedByEveryoneWhoWaitsForItsBlock() throws Exception {
    FileId id = file("/f", BLOCK);
    try (StoreFixture fixture = StoreFixture.open(LARGE, directory)) {
      fixture.ufs.gate = new CountDownLatch(1);
      List<CompletableFuture<Block>> waiters = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        waiters.add(i % 2 == 0 ? fixture.start(id, 0) : fixture.startVerified(id, 0));
      }
      await().atMost(Duration.ofSeconds(30)).until(() -> fixture.ufs.reads.get() == 1);
      assertThat(waiters).noneMatch(CompletableFuture::isDone);
      fixture.ufs.gate.countDown();
      for (CompletableFuture<Block> waiter : waiters) {
        StoreFixture.check(StoreFixture.await(waiter), id, 0);
      }
      assertThat(fixture.ufs.reads).hasValue(1);
      assertThat(fixture.store.counters().loads()).isEqualTo(1);
    }
  }

  @Test
  void aFailedLoadIsToldToEveryoneAndTriedAnewForTheNext() throws Exception {
    FileId id = file("/f", BLOCK);
    try (StoreFixture fixture = StoreFixture.open(LARGE, directory)) {
      fixture.ufs.failing = true;
      for (int i = 0; i < 10; i++) {
        CompletableFuture<Block> waiter = fixture.start(id, 0);
        assertThatThrownBy(() -> StoreFixture.await(waiter)).hasCauseInstanceOf(UfsException.class);
      }
      assertThat(fixture.store.counters().loadFailures()).isEqualTo(10);
      fixture.ufs.failing = false;
      fixture.check(id, 0);
    }
  }

  @Test
  void storedBlocksAreServedWhileTheUfsHangs() throws Exception {
    FileId id = file("/f", 10L * BLOCK);
    try (StoreFixture fixture = StoreFixture.open(LARGE, directory)) {
      for (int i = 0; i < 5; i++) {
        fixture.check(id, i);
      }
    }
    try (StoreFixture fixture = StoreFixture.open(LARGE, directory)) {
      fixture.ufs.gate = new CountDownLatch(1);
      List<CompletableFuture<Block>> hanging = new ArrayList<>();
      for (int i = 5; i < 10; i++) {
        hanging.add(fixture.start(id, i));
      }
      for (int i = 0; i < 5; i++) {
        fixture.check(id, i);
      }
      fixture.ufs.gate.countDown();
      for (CompletableFuture<Block> block : hanging) {
        StoreFixture.await(block).release();
      }
    }
  }

  @Test
  void aFullDiskServesEveryReadRightAndStoresAgainWhenThereIsRoom() throws Exception {
    FileId id = file("/f", 40L * BLOCK);
    Path spare = directory.resolve("spare");
    try (TestMount disk = TestMount.tmpfs(directory.resolve("disk"), "size=1m");
        StoreFixture fixture = StoreFixture.open(LARGE, disk.path())) {
      for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 40; i++) {
          fixture.check(id, i);
        }
      }
      assertThat(fixture.store.counters().writeFailures()).isPositive();
      assertThat(fixture.store.directories().get(0).blocks()).isBetween(1L, 8L);
      assertThat(temporaries(disk.path())).isZero();
    }
    try (TestMount disk = TestMount.tmpfs(directory.resolve("disk"), "size=1m");
        StoreFixture fixture = StoreFixture.open(LARGE, disk.path(), spare)) {
      // The other directory takes what the full one does not.
      for (int i = 0; i < 40; i++) {
        fixture.check(id, i);
      }
      assertThat(fixture.ufs.reads).hasValue(40);
      for (int i = 0; i < 40; i++) {
        fixture.check(id, i);
      }
      assertThat(fixture.ufs.reads).hasValue(40);
    }
  }

  private static long temporaries(Path path) throws IOException {
    try (var all = Files.walk(path)) {
      return all.filter(file -> file.toString().contains(BlockFiles.TEMPORARY_PREFIX)).count();
    }
  }

  @Test
  void aDiskThatTurnsReadOnlyServesWhatItHoldsAndTheRestComesFromTheUfs() throws Exception {
    FileId id = file("/f", 20L * BLOCK);
    try (TestMount disk = TestMount.ext4(directory.resolve("disk"));
        StoreFixture fixture = StoreFixture.open(LARGE, disk.path())) {
      for (int i = 0; i < 10; i++) {
        fixture.check(id, i);
      }
      disk.failWrites();
      for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 20; i++) {
          fixture.check(id, i);
        }
      }
      assertThat(fixture.ufs.reads).hasValue(10 + 2 * 10);
      StoreFixture.check(StoreFixture.await(fixture.startVerified(id, 0)), id, 0);
      assertThat(fixture.store.counters().writeFailures()).isPositive();
    }
  }

  @Test
  void blocksServedFromMemoryAreBoundedAndTheirBuffersComeBack() throws Exception {
    FileId id = file("/f", 100L * BLOCK);
    try (TestMount disk = TestMount.tmpfs(directory.resolve("disk"), "size=64k");
        StoreFixture fixture = StoreFixture.open(LARGE, disk.path())) {
      List<Block> held = new ArrayList<>();
      int buffers = 2 * StoreFixture.LOADERS;
      for (int i = 0; i < buffers; i++) {
        held.add(StoreFixture.await(fixture.start(id, i)));
        assertThat(held.get(i)).isInstanceOf(MemoryBlock.class);
      }
      CompletableFuture<Block> refused = fixture.start(id, 50);
      assertThatThrownBy(() -> StoreFixture.await(refused))
          .cause()
          .isInstanceOfSatisfying(
              UfsException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BUSY));
      for (int i = 0; i < buffers; i++) {
        StoreFixture.check(held.get(i), id, i);
      }
      for (int i = 50; i < 60; i++) {
        fixture.check(id, i);
      }
    }
  }
}
