// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store;

import static io.railfs.worker.store.StoreFixture.BLOCK;
import static io.railfs.worker.store.StoreFixture.file;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.worker.TestMount;
import io.railfs.worker.store.disk.BlockFiles;
import io.railfs.worker.store.disk.FileId;
import io.railfs.worker.store.disk.Freed;
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
import org.slf4j.LoggerFactory;

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

  private static void assertWorkerFailed(CompletableFuture<Block> waiter) {
    assertThatThrownBy(() -> StoreFixture.await(waiter))
        .cause()
        .isInstanceOfSatisfying(
            UfsException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.WORKER_FAILED));
  }

  @Test
  void anErrorInALoadEndsItForEveryoneAndTheNextOneStartsAgain() throws Exception {
    FileId id = file("/f", BLOCK);
    try (StoreFixture fixture = StoreFixture.open(LARGE, directory)) {
      fixture.ufs.gate = new CountDownLatch(1);
      fixture.ufs.error = new StackOverflowError("because the test says so");
      List<CompletableFuture<Block>> waiters = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        waiters.add(i % 2 == 0 ? fixture.start(id, 0) : fixture.startVerified(id, 0));
      }
      fixture.ufs.gate.countDown();
      waiters.forEach(BlockSourceTest::assertWorkerFailed);
      fixture.ufs.error = null;
      fixture.check(id, 0);
    }
  }

  @Test
  void anErrorWhileAStoredBlockIsOpenedEndsTheReadAndTheNextOneStartsAgain() throws Exception {
    FileId id = file("/f", BLOCK);
    try (StoreFixture fixture = StoreFixture.open(LARGE, directory)) {
      fixture.check(id, 0);
    }
    Logger log = (Logger) LoggerFactory.getLogger(BlockStore.class);
    NoMemory noMemory = new NoMemory();
    noMemory.start();
    try (StoreFixture fixture = StoreFixture.open(LARGE, directory)) {
      // What the store logs then is where it runs out of memory.
      Files.delete(fixture.store.pathOf(id, 0));
      log.addAppender(noMemory);
      assertWorkerFailed(fixture.start(id, 0));
      log.detachAppender(noMemory);
      fixture.check(id, 0);
    } finally {
      log.detachAppender(noMemory);
    }
  }

  private static final class NoMemory extends AppenderBase<ILoggingEvent> {
    @Override
    protected void append(ILoggingEvent event) {
      throw new OutOfMemoryError("because the test says so");
    }
  }

  @Test
  void aWaiterThatFailsDoesNotKeepTheOthersFromTheirEnd() throws Exception {
    FileId id = file("/f", 2L * BLOCK);
    try (StoreFixture fixture = StoreFixture.open(LARGE, directory)) {
      for (boolean fails : List.of(false, true)) {
        fixture.ufs.failing = fails;
        fixture.ufs.gate = new CountDownLatch(1);
        fixture.source.open(id, 0, 0, BLOCK, new Failing(true));
        fixture.source.open(id, 0, 0, BLOCK, new Failing(false));
        CompletableFuture<Block> part = fixture.start(id, 0, 0, BLOCK);
        CompletableFuture<Block> whole = fixture.start(id, 0);
        fixture.ufs.gate.countDown();
        if (fails) {
          assertThatThrownBy(() -> StoreFixture.await(part)).hasCauseInstanceOf(UfsException.class);
          assertThatThrownBy(() -> StoreFixture.await(whole))
              .hasCauseInstanceOf(UfsException.class);
        } else {
          StoreFixture.check(StoreFixture.await(part), id, 0);
          StoreFixture.check(StoreFixture.await(whole), id, 0);
          assertThat(fixture.admin.free(id, 0)).isEqualTo(Freed.FREED);
        }
      }
    }
  }

  /** Waits for a block, and does not take it when it comes. */
  private record Failing(boolean isForStore) implements BlockWaiter {
    @Override
    public void ready(Block block) {
      block.release();
      throw new IllegalStateException("because the test says so");
    }

    @Override
    public void failed(UfsException cause) {
      throw new IllegalStateException("because the test says so");
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
      // The keeper tries the disk again and again with a temporary file of its own, which may come
      // and go while they are counted.
      await()
          .atMost(Duration.ofSeconds(30))
          .ignoreExceptions()
          .untilAsserted(() -> assertThat(temporaries(disk.path())).isZero());
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
