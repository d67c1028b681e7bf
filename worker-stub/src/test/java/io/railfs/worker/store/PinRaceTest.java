// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store;

import static io.railfs.worker.store.StoreFixture.BLOCK;
import static io.railfs.worker.store.StoreFixture.file;
import static org.assertj.core.api.Assertions.assertThat;

import io.railfs.worker.store.BlockAdmin.BlockState;
import io.railfs.worker.store.disk.FileId;
import io.railfs.worker.store.disk.Freed;
import io.railfs.worker.store.disk.StoredBlock;
import io.railfs.worker.store.evict.Pinning;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pins, unpins and frees of one block at the same time. */
final class PinRaceTest {
  private static final long LARGE = 1L << 30;
  private static final int ROUNDS = 3_000;

  @TempDir Path directory;

  private final ExecutorService threads = Executors.newFixedThreadPool(2);
  private final CyclicBarrier start = new CyclicBarrier(2);

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  private <T> Future<T> begin(Callable<T> call) {
    return threads.submit(
        () -> {
          start.await(60, TimeUnit.SECONDS);
          return call.call();
        });
  }

  private static <T> T await(Future<T> call) throws Exception {
    return call.get(60, TimeUnit.SECONDS);
  }

  private static boolean isMarked(Path file) throws IOException {
    return Files.getPosixFilePermissions(file).contains(PosixFilePermission.OWNER_EXECUTE);
  }

  @Test
  void theFileOfABlockIsMarkedAsPinnedExactlyWhereTheStoreCountsItAsPinned() throws Exception {
    FileId id = file("/f", BLOCK);
    try (StoreFixture fixture = StoreFixture.open(LARGE, directory)) {
      fixture.check(id, 0);
      Path file = fixture.store.pathOf(id, 0);
      for (int i = 0; i < ROUNDS; i++) {
        Future<Pinning> pin = begin(() -> fixture.admin.pin(id, 0));
        Future<Boolean> unpin = begin(() -> fixture.admin.unpin(id, 0));
        assertThat(await(pin)).isEqualTo(Pinning.PINNED);
        boolean unused = await(unpin);
        assertThat(isMarked(file))
            .as("round %s", i)
            .isEqualTo(fixture.store.find(id, 0).isPinned());
      }
    }
  }

  @Test
  void aBlockThatIsPinnedAfterItWasLookedUpIsNotFreed() throws Exception {
    FileId id = file("/f", BLOCK);
    try (StoreFixture fixture = StoreFixture.open(LARGE, directory)) {
      fixture.check(id, 0);
      StoredBlock found = fixture.store.find(id, 0);
      assertThat(fixture.admin.pin(id, 0)).isEqualTo(Pinning.PINNED);
      assertThat(fixture.store.free(found)).isEqualTo(Freed.PINNED);
      assertThat(fixture.admin.check(id, 0)).isEqualTo(new BlockState(true, true));
      assertThat(fixture.store.pathOf(id, 0)).exists();
    }
  }

  @Test
  void aBlockThatWasPinnedIsNotFreed() throws Exception {
    FileId id = file("/f", BLOCK);
    try (StoreFixture fixture = StoreFixture.open(LARGE, directory)) {
      for (int i = 0; i < ROUNDS; i++) {
        fixture.check(id, 0);
        Path file = fixture.store.pathOf(id, 0);
        Future<Pinning> pin = begin(() -> fixture.admin.pin(id, 0));
        Future<Freed> free = begin(() -> fixture.admin.free(id, 0));
        boolean pinned = await(pin) == Pinning.PINNED;
        assertThat(await(free)).as("round %s", i).isEqualTo(pinned ? Freed.PINNED : Freed.FREED);
        assertThat(Files.exists(file)).as("round %s", i).isEqualTo(pinned);
        assertThat(fixture.admin.check(id, 0)).isEqualTo(new BlockState(pinned, pinned));
        boolean unused = fixture.admin.unpin(id, 0);
      }
    }
  }
}
