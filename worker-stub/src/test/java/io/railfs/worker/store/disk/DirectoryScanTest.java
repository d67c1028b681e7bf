// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store.disk;

import static org.assertj.core.api.Assertions.assertThat;

import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Subdirectories of a store that cannot be read, or are absent, in one round of the scan. */
final class DirectoryScanTest {
  @TempDir private Path path;
  @TempDir private Path aside;
  private final List<BlockKey> found = new ArrayList<>();
  private StoreDirectory directory;
  private DirectoryScan scan;
  private BlockKey key;
  private Path shard;

  @BeforeEach
  void open() throws Exception {
    directory = StoreDirectory.open(path, new LongAdder(), new LongAdder());
    scan = new DirectoryScan(directory);
    key = new FileId("file:/d", RailPath.of("/f"), new FileVersion(1, 1, ""), 1 << 20).key(0);
    shard = path.resolve(key.shard());
    Files.createFile(Files.createDirectory(aside.resolve("shard")).resolve(key.toString()));
  }

  @AfterEach
  void close() {
    directory.close();
  }

  private List<IOException> round() {
    return scan.run(() -> false, (block, file) -> found.add(block));
  }

  /** Opening a symlink to itself fails with an error that is not about its absence. */
  private void makeUnreadable() throws IOException {
    Files.createSymbolicLink(shard, shard.getFileName());
    assertThat(round()).hasSize(1);
    assertThat(scan.isComplete()).isFalse();
    Files.delete(shard);
  }

  @Test
  void subdirectoriesThatWereNeverMadeAreNotLookedForAgain() throws Exception {
    assertThat(round()).isEmpty();
    assertThat(scan.isComplete()).isTrue();
    assertThat(found).isEmpty();
  }

  @Test
  void whatCouldNotBeReadAndIsAbsentInTheNextRoundIsFoundWhenItIsBack() throws Exception {
    makeUnreadable();
    assertThat(round()).as("its absence is no failure").isEmpty();
    assertThat(scan.isComplete()).isFalse();
    Files.createSymbolicLink(shard, aside.resolve("shard"));
    assertThat(round()).isEmpty();
    assertThat(scan.isComplete()).isTrue();
    assertThat(found).containsExactly(key);
  }

  @Test
  void whatIsAbsentInTwoRoundsOnEndIsGivenUp() throws Exception {
    makeUnreadable();
    assertThat(round()).isEmpty();
    makeUnreadable();
    assertThat(round()).as("absent for the first time since it was there").isEmpty();
    assertThat(scan.isComplete()).isFalse();
    assertThat(round()).isEmpty();
    assertThat(scan.isComplete()).isTrue();
  }
}
