// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store;

import static io.railfs.worker.store.StoreFixture.BLOCK;
import static io.railfs.worker.store.StoreFixture.file;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.railfs.protocol.messages.ErrorCode;
import io.railfs.worker.store.BlockAdmin.BlockState;
import io.railfs.worker.store.BlockAdmin.Loaded;
import io.railfs.worker.store.disk.DirectoryStatus;
import io.railfs.worker.store.disk.FileId;
import io.railfs.worker.store.disk.Freed;
import io.railfs.worker.store.evict.Pinning;
import io.railfs.worker.ufs.UfsException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BlockAdminTest {
  private static final long LARGE = 1L << 30;

  @TempDir Path directory;

  private static CompletableFuture<Loaded> start(
      StoreFixture fixture, FileId id, int index, boolean pin) {
    CompletableFuture<Loaded> future = new CompletableFuture<>();
    fixture.admin.load(
        id,
        index,
        pin,
        new BlockAdmin.LoadWaiter() {
          @Override
          public void done(Loaded how, int bytes) {
            assertThat(bytes).isEqualTo(BlockAdmin.length(id, index));
            future.complete(how);
          }

          @Override
          public void failed(UfsException cause) {
            future.completeExceptionally(cause);
          }
        });
    return future;
  }

  private static Loaded load(StoreFixture fixture, FileId id, int index, boolean pin)
      throws Exception {
    return start(fixture, id, index, pin).get(60, TimeUnit.SECONDS);
  }

  @Test
  void blocksAreLoadedOnceCheckedAndFreed() throws Exception {
    FileId id = file("/f", 3L * BLOCK + 5);
    try (StoreFixture fixture = StoreFixture.open(LARGE, directory)) {
      for (int i = 0; i < 4; i++) {
        assertThat(fixture.admin.check(id, i)).isEqualTo(new BlockState(false, false));
        assertThat(load(fixture, id, i, false)).isEqualTo(Loaded.LOADED);
        assertThat(load(fixture, id, i, false)).isEqualTo(Loaded.PRESENT);
        assertThat(fixture.admin.check(id, i)).isEqualTo(new BlockState(true, false));
      }
      assertThat(fixture.ufs.reads).hasValue(4);
      Block held = StoreFixture.await(fixture.start(id, 1));
      assertThat(fixture.admin.free(id, 1)).isEqualTo(Freed.FREED);
      assertThat(fixture.admin.free(id, 1)).isEqualTo(Freed.ABSENT);
      assertThat(fixture.admin.check(id, 1)).isEqualTo(new BlockState(false, false));
      assertThat(StoreFixture.count(directory)).isEqualTo(3);
      StoreFixture.check(held, id, 1);
      fixture.check(id, 1);
      assertThat(fixture.ufs.reads).hasValue(5);
    }
  }

  @Test
  void loadsLeaveLoadersForReads() throws Exception {
    FileId id = file("/f", 100L * BLOCK);
    try (StoreFixture fixture = StoreFixture.open(LARGE, directory)) {
      fixture.ufs.gate = new CountDownLatch(1);
      List<CompletableFuture<Loaded>> loads = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        loads.add(start(fixture, id, i, false));
      }
      assertThat(fixture.admin.loads()).isEqualTo(20);
      // One of the two loaders works for them, the other one for a read.
      CompletableFuture<Block> read = fixture.start(id, 50);
      await().atMost(Duration.ofSeconds(30)).until(() -> fixture.ufs.reads.get() == 2);
      assertThat(loads).noneMatch(CompletableFuture::isDone);
      fixture.ufs.gate.countDown();
      StoreFixture.check(StoreFixture.await(read), id, 50);
      for (CompletableFuture<Loaded> load : loads) {
        assertThat(load.get(60, TimeUnit.SECONDS)).isEqualTo(Loaded.LOADED);
      }
      assertThat(fixture.admin.loads()).isZero();
    }
  }

  @Test
  void pinnedBlocksSurviveAPassOverMoreThanTheStoreAndARestart() throws Exception {
    FileId pinned = file("/pinned", 8L * BLOCK);
    FileId other = file("/other", 100L * BLOCK);
    for (int start = 0; start < 2; start++) {
      try (StoreFixture fixture = StoreFixture.open(20L * BLOCK, directory)) {
        for (int i = 0; i < 8; i++) {
          assertThat(load(fixture, pinned, i, true))
              .isEqualTo(start == 0 ? Loaded.LOADED : Loaded.PRESENT);
          assertThat(fixture.admin.check(pinned, i)).isEqualTo(new BlockState(true, true));
        }
        for (int i = 0; i < 100; i++) {
          fixture.check(other, i);
        }
        DirectoryStatus status = fixture.store.directories().get(0);
        assertThat(status.pinnedBlocks()).isEqualTo(8);
        assertThat(status.usedBytes()).isLessThanOrEqualTo(20L * BLOCK);
        for (int i = 0; i < 8; i++) {
          assertThat(fixture.admin.check(pinned, i)).isEqualTo(new BlockState(true, true));
          assertThat(fixture.admin.free(pinned, i)).isEqualTo(Freed.PINNED);
        }
      }
    }
    try (StoreFixture fixture = StoreFixture.open(20L * BLOCK, directory)) {
      assertThat(fixture.admin.unpin(pinned, 0)).isTrue();
      assertThat(fixture.admin.unpin(pinned, 0)).isFalse();
      assertThat(fixture.admin.unpinAll()).isEqualTo(7);
      assertThat(fixture.admin.free(pinned, 0)).isEqualTo(Freed.FREED);
    }
    try (StoreFixture fixture = StoreFixture.open(20L * BLOCK, directory)) {
      assertThat(fixture.store.directories().get(0).pinnedBlocks()).isZero();
    }
  }

  @Test
  void moreThanTheShareForPinnedBlocksIsRefused() throws Exception {
    FileId id = file("/f", 20L * BLOCK);
    try (StoreFixture fixture = StoreFixture.open(20L * BLOCK, directory)) {
      for (int i = 0; i < 9; i++) {
        assertThat(load(fixture, id, i, true)).isEqualTo(Loaded.LOADED);
      }
      assertThatThrownBy(() -> load(fixture, id, 9, true))
          .cause()
          .isInstanceOfSatisfying(
              UfsException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NO_SPACE));
      assertThat(fixture.admin.check(id, 9)).isEqualTo(new BlockState(true, false));
      assertThat(fixture.admin.pin(id, 9)).isEqualTo(Pinning.NO_SPACE);
      assertThat(fixture.admin.pin(id, 15)).isEqualTo(Pinning.ABSENT);
    }
  }

  @Test
  void everyLoadInLineIsToldWhereTheNextOnesAreRefusedAtOnce() throws Exception {
    int count = 16_000;
    FileId id = file("/f", (long) count * BLOCK);
    try (StoreFixture fixture = StoreFixture.open(LARGE, directory)) {
      fixture.ufs.gate = new CountDownLatch(1);
      List<CompletableFuture<Loaded>> loads = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        loads.add(start(fixture, id, i, false));
      }
      // From here on every load is refused in the call that starts it.
      fixture.source.close();
      fixture.ufs.gate.countDown();
      for (CompletableFuture<Loaded> load : loads) {
        assertThatThrownBy(() -> load.get(30, TimeUnit.SECONDS))
            .cause()
            .isInstanceOf(UfsException.class);
      }
      assertThat(fixture.admin.loads()).isZero();
    }
  }

  @Test
  void aPinnedBlockStaysWhereNothingElseIsLeft() throws Exception {
    FileId pinned = file("/pinned", 2L * BLOCK);
    FileId other = file("/other", 20L * BLOCK);
    // Room for two blocks and their checksums, half of it for pinned ones.
    try (StoreFixture fixture = StoreFixture.open(2L * BLOCK + 1_000, directory)) {
      assertThat(load(fixture, pinned, 0, true)).isEqualTo(Loaded.LOADED);
      for (int i = 0; i < 20; i++) {
        fixture.check(other, i);
        assertThat(fixture.admin.check(pinned, 0)).isEqualTo(new BlockState(true, true));
      }
      while (fixture.store.evict(fixture.store.index().find(pinned.key(0)).directory())) {
        assertThat(fixture.admin.check(pinned, 0)).isEqualTo(new BlockState(true, true));
      }
      assertThat(fixture.admin.check(pinned, 0)).isEqualTo(new BlockState(true, true));
    }
  }
}
