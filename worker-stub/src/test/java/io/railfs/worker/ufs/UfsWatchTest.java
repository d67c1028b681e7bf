// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.ufs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.railfs.protocol.RailPath;
import io.railfs.worker.TestSettings;
import io.railfs.worker.Worker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Directories as UFS that are there, go and come back, and one place within another. */
@Timeout(120)
final class UfsWatchTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final WatchSettings OFTEN = new WatchSettings(200, 500);

  @TempDir Path directory;
  private Path root;

  @BeforeEach
  void makeRoot() throws Exception {
    root = Files.createDirectory(directory.resolve("root"));
    Files.writeString(root.resolve("file"), "content");
  }

  private static WatchedUfs open(String at, Path root) throws Exception {
    return new WatchedUfs(FileUfs.open(root), new UfsHealth(RailPath.of(at), "file://" + root));
  }

  @Test
  void aRootThatIsAwayOrAnotherIsDownAndUpWhenItIsBackThoughNobodyAsks() throws Exception {
    Path aside = directory.resolve("aside");
    try (WatchedUfs ufs = open("/", root);
        UfsWatch watch = new UfsWatch(List.of(ufs), OFTEN)) {
      UfsHealth health = watch.healths().get(0);
      assertThat(health.verdict().up()).isTrue();
      assertThat(watch.problem(RailPath.of("/file"))).isEmpty();
      Files.move(root, aside);
      await().atMost(LONG).until(() -> !health.verdict().up());
      assertThat(watch.problem(RailPath.of("/file")))
          .isEqualTo("the UFS file://" + root + " fails: the root of the UFS has gone");
      Files.createDirectory(root);
      await()
          .atMost(LONG)
          .until(() -> health.verdict().problem().contains("not what it was at the start"));
      Files.delete(root);
      Files.move(aside, root);
      await().atMost(LONG).until(() -> health.verdict().up());
      assertThat(watch.problem(RailPath.of("/file"))).isEmpty();
      assertThat(health.requests(UfsHealth.Operation.STAT)).isZero();
    }
  }

  @Test
  void aProblemIsOfThePlaceThatAPathLeadsTo() throws Exception {
    Path other = Files.createDirectory(directory.resolve("other"));
    Files.writeString(other.resolve("file"), "content");
    try (WatchedUfs top = open("/", root);
        WatchedUfs below = open("/a/b", other);
        UfsWatch watch = new UfsWatch(List.of(top, below), OFTEN)) {
      Files.move(other, directory.resolve("gone"));
      await().atMost(LONG).until(() -> !watch.problem(RailPath.of("/a/b/file")).isEmpty());
      assertThat(watch.problem(RailPath.of("/a/b"))).contains("file://" + other);
      assertThat(watch.problem(RailPath.of("/a"))).isEmpty();
      assertThat(watch.problem(RailPath.of("/a/bc"))).isEmpty();
    }
  }

  @Test
  void aFailureLetsItBeLookedAtAtOnceAndOneFileDoesNotMakeItDown() throws Exception {
    try (WatchedUfs ufs = open("/", root);
        UfsWatch watch = new UfsWatch(List.of(ufs), new WatchSettings(200, 3_600_000))) {
      UfsHealth health = watch.healths().get(0);
      long before = health.answeredNanos();
      health.failed(
          new UfsException(io.railfs.protocol.messages.ErrorCode.UFS_FAILED, "'/file' failed")
              .because(Trouble.OTHER, "Input/output error"));
      // A look that finds it well is an answer, and nothing but the failure makes it look.
      await().atMost(LONG).until(() -> health.answeredNanos() - before > 0);
      assertThat(health.verdict().up()).isTrue();
      assertThat(health.errors()).containsEntry(Trouble.OTHER, 1L);
      assertThat(health.lastError().phrase()).isEqualTo("fails: Input/output error");
      Files.move(root, directory.resolve("gone"));
      assertThat(health.verdict().up()).as("nobody asks, and an hour is long").isTrue();
      UfsContract.refusal(() -> ufs.list(RailPath.of("/")));
      await().atMost(LONG).until(() -> !health.verdict().up());
    }
  }

  @Test
  void aWorkerWhoseRootIsEmptyStartsAndSaysSo() throws Exception {
    Path empty = Files.createDirectory(directory.resolve("empty"));
    try (Worker worker =
        Worker.start(
            TestSettings.with(
                empty,
                directory.resolve("store"),
                "railfs.worker.ufs-watch { down-interval = 200ms, idle-interval = 500ms }"))) {
      assertThat(worker.warnings())
          .singleElement()
          .asString()
          .startsWith("the UFS file://" + empty + " fails: the root of the UFS is empty")
          .endsWith("; the worker serves what it has stored, and the UFS when it is back");
      Files.writeString(empty.resolve("file"), "content");
      await().atMost(LONG).until(() -> worker.warnings().isEmpty());
    }
  }

  @AfterEach
  void nothingIsLeft() {
    // A pool's end is known a moment before its last thread is gone.
    await()
        .atMost(LONG)
        .untilAsserted(
            () ->
                assertThat(Thread.getAllStackTraces().keySet())
                    .extracting(Thread::getName)
                    .doesNotContain("railfs-ufs-watch"));
  }
}
