// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store;

import static io.railfs.worker.store.StoreFixture.LARGE_BLOCK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.railfs.protocol.Chunks;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.worker.store.disk.FileId;
import io.railfs.worker.ufs.UfsException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A block that is still loading serves what is there. */
final class PartialLoadTest {
  private static final long CAPACITY = 1L << 30;

  @TempDir Path directory;

  private static FileId file() {
    return StoreFixture.file("/f", LARGE_BLOCK, 1, LARGE_BLOCK);
  }

  @Test
  void theFirstChunkIsServedWhileTheRestOfItsBlockIsNotLoadedYet() throws Exception {
    FileId id = file();
    try (StoreFixture fixture = StoreFixture.openLarge(CAPACITY, directory)) {
      fixture.ufs.turns = new Semaphore(1);
      // 3 chunks are sent from the buffer, 1 chunk is copied.
      for (int length : new int[] {3 * Chunks.SIZE, Chunks.SIZE}) {
        Block first = StoreFixture.await(fixture.start(id, 0, 0, length));
        StoreFixture.checkRange(first, id, 0, 0, length);
      }
      CompletableFuture<Block> last = fixture.start(id, 0, LARGE_BLOCK - Chunks.SIZE, Chunks.SIZE);
      CompletableFuture<Block> whole = fixture.start(id, 0);
      assertThat(last).isNotDone();
      assertThat(whole).isNotDone();
      assertThat(fixture.store.counters().loads()).isZero();
      // A reader may go on before it is counted.
      await().atMost(Duration.ofSeconds(30)).until(() -> fixture.store.counters().partial() == 2);
      fixture.ufs.turns.release(100);
      StoreFixture.checkRange(
          StoreFixture.await(last), id, 0, LARGE_BLOCK - Chunks.SIZE, Chunks.SIZE);
      StoreFixture.check(StoreFixture.await(whole), id, 0);
      int reads = fixture.ufs.reads.get();
      fixture.check(id, 0);
      assertThat(fixture.ufs.reads).hasValue(reads);
      assertThat(fixture.store.counters().loads()).isEqualTo(1);
      assertThat(StoreFixture.count(directory)).isEqualTo(1);
    }
  }

  @Test
  void noReaderWaitsUntilTheStoreHasTheBlock() throws Exception {
    for (int size : new int[] {1024, LARGE_BLOCK}) {
      FileId id = StoreFixture.file("/f" + size, size, 1, LARGE_BLOCK);
      try (StoreFixture fixture = StoreFixture.openLarge(CAPACITY, directory)) {
        int stored = StoreFixture.count(directory);
        Block first = StoreFixture.await(fixture.start(id, 0, 0, size));
        assertThat(first.isStored()).isFalse();
        StoreFixture.checkRange(first, id, 0, 0, size);
        await()
            .atMost(Duration.ofSeconds(30))
            .until(() -> StoreFixture.count(directory) == stored + 1);
        Block again = StoreFixture.await(fixture.start(id, 0));
        assertThat(again.isStored()).isTrue();
        StoreFixture.check(again, id, 0);
        assertThat(fixture.store.counters().loads()).isEqualTo(1);
      }
    }
  }

  @Test
  void aLoadThatBreaksOffServedRightBytesAndIsNotStored() throws Exception {
    for (ErrorCode cause : List.of(ErrorCode.STALE, ErrorCode.UFS_FAILED)) {
      FileId id = file();
      try (StoreFixture fixture = StoreFixture.openLarge(CAPACITY, directory)) {
        fixture.ufs.turns = new Semaphore(1);
        fixture.ufs.laterReads = cause;
        Block first = StoreFixture.await(fixture.start(id, 0, 0, Chunks.SIZE));
        CompletableFuture<Block> next = fixture.start(id, 0, Chunks.SIZE, Chunks.SIZE);
        fixture.ufs.turns.release();
        assertThatThrownBy(() -> StoreFixture.await(next))
            .cause()
            .isInstanceOfSatisfying(UfsException.class, e -> assertThat(e.code()).isEqualTo(cause));
        StoreFixture.checkRange(first, id, 0, 0, Chunks.SIZE);
        assertThat(StoreFixture.count(directory)).isZero();
        assertThat(fixture.store.counters().loads()).isZero();
      }
    }
  }

  @Test
  void receiversThatKeepTheirBytesDoNotKeepTheLoadersFromLoading() throws Exception {
    FileId id = StoreFixture.file("/f", 40L * LARGE_BLOCK, 1, LARGE_BLOCK);
    int length = 64 * Chunks.SIZE;
    try (StoreFixture fixture = StoreFixture.openLarge(CAPACITY, directory)) {
      List<Block> kept = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        kept.add(StoreFixture.await(fixture.start(id, i, 0, length)));
      }
      assertThat(kept.stream().filter(block -> !block.isStored()).count())
          .isLessThanOrEqualTo(StoreFixture.LOADERS);
      for (int i = 0; i < 20; i++) {
        StoreFixture.checkRange(kept.get(i), id, i, 0, length);
      }
      await().atMost(Duration.ofSeconds(30)).until(() -> fixture.store.counters().loads() == 20);
      assertThat(fixture.store.counters().loadFailures()).isZero();
    }
  }

  private static int load(LoadParts parts, BlockRange wanted, double chunksPerSecond, BitSet all) {
    int count = 0;
    double longest = 0;
    while (!parts.isDone()) {
      LoadParts.Part part = parts.next(wanted);
      if (count == 0 && wanted != null) {
        assertThat(part.from()).isEqualTo(wanted.firstChunk());
        assertThat(part.to()).isBetween(wanted.endChunk(), wanted.endChunk() + 8);
      }
      assertThat(all.get(part.from(), part.to()).isEmpty()).isTrue();
      all.set(part.from(), part.to());
      double seconds = part.chunks() / chunksPerSecond;
      longest = Math.max(longest, seconds);
      parts.loaded(part, (long) (seconds * 1e9));
      count++;
    }
    assertThat(longest).isLessThan(0.8);
    return count;
  }

  @Test
  void partsGrowWithTheSpeedOfTheUfsAndCoverTheBlockOnce() {
    BlockWaiter nobody =
        new BlockWaiter() {
          @Override
          public void ready(Block block) {
            throw new AssertionError();
          }

          @Override
          public void failed(UfsException cause) {
            throw new AssertionError(cause);
          }
        };
    int chunks = LARGE_BLOCK / Chunks.SIZE;
    for (int start : new int[] {0, 1, 17, 128, chunks - 2, chunks - 1}) {
      BlockRange wanted = new BlockRange(start * Chunks.SIZE, Chunks.SIZE, nobody);
      BitSet all = new BitSet();
      // 2 GB/s, 20 MB/s, 1 MB/s
      int fast = load(new LoadParts(chunks), wanted, 120_000, all);
      assertThat(all.cardinality()).isEqualTo(chunks);
      int slow = load(new LoadParts(chunks), wanted, 1_200, new BitSet());
      int slowest = load(new LoadParts(chunks), wanted, 60, new BitSet());
      assertThat(fast).isLessThanOrEqualTo(3);
      assertThat(slow).isLessThanOrEqualTo(6);
      assertThat(slowest).isBetween(8, 20);
    }
    BlockRange whole = new BlockRange(0, LARGE_BLOCK, nobody);
    assertThat(new LoadParts(chunks).next(whole)).isEqualTo(new LoadParts.Part(0, chunks));
  }
}
