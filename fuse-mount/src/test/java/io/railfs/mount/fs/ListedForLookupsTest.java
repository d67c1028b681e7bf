// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.railfs.mount.DirectorySource;
import io.railfs.mount.cache.MetadataCache;
import io.railfs.mount.cache.PageCache;
import io.railfs.mount.prefetch.PrefetchSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs that know the names of many files and never list their directory. */
final class ListedForLookupsTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  @TempDir Path root;
  private DirectorySource source;
  private RailFileSystem fs;
  private Walk walk;

  @BeforeEach
  void open() {
    source = new DirectorySource(root);
    fs =
        new RailFileSystem(
            source,
            source,
            new MetadataCache(10 << 20, 10 << 20, Duration.ofMinutes(1), Duration.ofMinutes(1)),
            new PageCache(48L << 20, 64),
            new RailFileSystem.Settings(
                new PrefetchSettings(1 << 20, 8 << 20, 64, 1000, 1000),
                Duration.ofSeconds(20),
                Duration.ofSeconds(10),
                RailFileSystem.SOON,
                8 << 20,
                1000));
    walk = new Walk(fs);
  }

  @AfterEach
  void close() {
    source.close();
  }

  private void files(int count) throws IOException {
    Files.createDirectory(root.resolve("d"));
    for (int i = 0; i < count; i++) {
      Files.createFile(root.resolve("d/f" + i));
    }
  }

  @Test
  void manyNamesOfADirectoryAreAnsweredByItsListing() throws Exception {
    files(300);
    for (int i = 0; i < 15; i++) {
      walk.node("/d/f" + i);
    }
    assertThat(source.listings).hasValue(0);
    walk.node("/d/f15");
    await()
        .atMost(LONG)
        .untilAsserted(
            () -> {
              int asked = source.stats.get();
              walk.node("/d/f" + (16 + asked % 200));
              assertThat(source.stats).hasValue(asked);
            });
    int before = source.stats.get();
    for (int i = 0; i < 300; i++) {
      walk.node("/d/f" + i);
    }
    assertThat(source.stats).hasValue(before);
    assertThat(source.listings).hasValue(1);
  }

  @Test
  void aListingThatIsLongForAFewNamesIsGivenUpUntilMoreAreWanted() throws Exception {
    files(16_001);
    for (int i = 0; i < 16; i++) {
      walk.node("/d/f" + i);
    }
    await().atMost(LONG).until(() -> source.listings.get() == 1);
    // Those that come while the first listing is on its way may be answered by it.
    for (int i = 16; source.listings.get() < 2; i++) {
      walk.node("/d/f" + i % 16_001);
    }
    assertThat(source.stats.get()).isGreaterThanOrEqualTo(64);
    await()
        .atMost(LONG)
        .untilAsserted(
            () -> {
              int asked = source.stats.get();
              walk.node("/d/f" + (100 + asked % 10_000));
              assertThat(source.stats).hasValue(asked);
            });
  }

  @Test
  void whoOpensADirectoryMeanwhileSeesAllOfIt() throws Exception {
    files(16_500);
    source.pauseListingAfter = 300;
    for (int i = 0; i < 16; i++) {
      walk.node("/d/f" + i);
    }
    await().atMost(LONG).until(() -> source.listings.get() == 1);
    NameScratch scratch = new NameScratch();
    long handle = fs.openDirectory(walk.node("/d"), scratch).handle();
    source.pauseListingAfter = Integer.MAX_VALUE;
    OpenDirectory directory = fs.directory(handle);
    assertThat(directory.listing().await(16_500, System.nanoTime() + LONG.toNanos())).isFalse();
    assertThat(directory.listing().size()).isEqualTo(16_500);
    fs.releaseDirectory(handle);
  }
}
