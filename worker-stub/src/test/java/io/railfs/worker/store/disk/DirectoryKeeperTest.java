// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DirectoryKeeperTest {
  @TempDir Path path;

  @Test
  void roomIsMadeAgainAfterAnError() throws Exception {
    StoreSettings settings = new StoreSettings(List.of(path), 1_000, 0, 64, 2, 95, 90, 50, 60_000);
    AtomicInteger evictions = new AtomicInteger();
    DirectoryKeeper.Store store =
        new DirectoryKeeper.Store() {
          @Override
          public boolean evict(StoreDirectory full) {
            if (evictions.incrementAndGet() == 1) {
              throw new StackOverflowError("because the test says so");
            }
            full.unclaim(500);
            return true;
          }

          @Override
          public boolean isNowhereToWrite() {
            return false;
          }
        };
    try (StoreDirectory directory = StoreDirectory.open(path, new LongAdder(), new LongAdder())) {
      directory.setCapacity(1_000, 0);
      BlockIndex index = new BlockIndex(List.of(directory));
      try (DirectoryKeeper keeper = DirectoryKeeper.start(directory, store, index, settings)) {
        assertThat(keeper.awaitScan(TimeUnit.SECONDS.toNanos(60))).isTrue();
        assertThat(directory.claim(990)).isTrue();
        await()
            .atMost(Duration.ofSeconds(30))
            .until(
                () -> {
                  keeper.grown();
                  return directory.claimedBytes() == 490;
                });
        assertThat(evictions).hasValue(2);
      }
    }
  }
}
