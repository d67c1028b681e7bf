// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.railfs.client.ClusterException.Failure;
import io.railfs.mount.CopyTarget;
import io.railfs.mount.DirectorySource;
import io.railfs.mount.cache.MetadataCache;
import io.railfs.mount.cache.PageCache;
import io.railfs.mount.cache.PageTarget;
import io.railfs.mount.cache.Pages;
import io.railfs.mount.fs.FsException.Problem;
import io.railfs.mount.prefetch.PrefetchSettings;
import io.railfs.protocol.RailPath;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Reads that are answered by the thread that brings their bytes, and questions that came too late.
 */
final class AsyncReadTest {
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final int SIZE = 1_000_001;

  @TempDir Path root;
  private DirectorySource source;
  private PageCache pages;
  private byte[] content;

  @BeforeEach
  void makeDataset() throws IOException {
    source = new DirectorySource(root);
    pages = new PageCache(48L << 20, 64);
    content = new byte[SIZE];
    new Random(1).nextBytes(content);
    Files.write(root.resolve("file"), content);
  }

  @AfterEach
  void nothingIsHeld() {
    source.holdFetches = false;
    source.close();
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> {
              pages.clear();
              assertThat(pages.usedBytes()).isZero();
            });
  }

  /** A reader that can be answered later. */
  private static final class Reader implements ReadTarget, ReadTarget.Async {
    private final byte[] bytes;
    private final CopyTarget copy;
    private final CompletableFuture<byte[]> answer = new CompletableFuture<>();

    Reader(int length) {
      bytes = new byte[length];
      copy = new CopyTarget(bytes);
    }

    @Override
    public void put(int position, ByteBuffer from, int start, int count) {
      copy.put(position, from, start, count);
    }

    @Override
    public void finish(int count) {
      copy.finish(count);
    }

    @Override
    public ReadTarget.Async later() {
      return this;
    }

    @Override
    public PageTarget target() {
      return copy;
    }

    @Override
    public void end(OpenFile file, Throwable failure) {
      if (failure != null) {
        answer.completeExceptionally(failure);
      } else {
        answer.complete(Arrays.copyOf(bytes, copy.finished()));
      }
    }

    byte[] await() throws Exception {
      return answer.get(30, TimeUnit.SECONDS);
    }
  }

  private RailFileSystem fileSystem(Duration readDeadline, Duration metadataDeadline) {
    return new RailFileSystem(
        source,
        source,
        new MetadataCache(10 << 20, 10 << 20, LONG, LONG),
        pages,
        new RailFileSystem.Settings(
            new PrefetchSettings(1 << 20, 8 << 20, 64, 1000, 1000),
            readDeadline,
            metadataDeadline,
            LONG,
            1 << 20,
            1000));
  }

  private OpenFile open(Duration deadline) throws Exception {
    RailFileSystem fs = fileSystem(deadline, LONG);
    return new Walk(fs).open("/file");
  }

  /** The bytes do not come before the read looks for them: what is there is answered at once. */
  private Reader late(OpenFile file, long offset, int length) throws FsException {
    boolean held = source.holdFetches;
    source.holdFetches = true;
    try {
      Reader reader = new Reader(length);
      assertThat(file.read(reader, offset, length, new OpenFile.Scratch()))
          .isEqualTo(OpenFile.LATER);
      return reader;
    } finally {
      source.holdFetches = held;
    }
  }

  private static Problem problemOf(Reader reader) {
    try {
      reader.await();
    } catch (ExecutionException e) {
      assertThat(e).hasCauseInstanceOf(FsException.class);
      return ((FsException) e.getCause()).problem();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
    throw new AssertionError("the read succeeded");
  }

  @Test
  void twoReadersOfOneChunkGetItsBytesFromOneFetch() throws Exception {
    OpenFile file = open(LONG);
    source.holdFetches = true;
    source.roomForPrefetch = false;
    Reader one = late(file, 400_000, 4096);
    Reader two = late(file, 400_100, 1000);
    assertThat(one.answer).isNotDone();
    assertThat(source.fetches).hasSize(1);
    source.holdFetches = false;
    assertThat(one.await()).isEqualTo(Arrays.copyOfRange(content, 400_000, 404_096));
    assertThat(two.await()).isEqualTo(Arrays.copyOfRange(content, 400_100, 401_100));
  }

  @Test
  void theEndOfTheFileIsShort() throws Exception {
    assertThat(late(open(LONG), SIZE - 10, 4096).await())
        .isEqualTo(Arrays.copyOfRange(content, SIZE - 10, SIZE));
  }

  @Test
  void cachedBytesAndThoseOfSeveralPagesAreNotLate() throws Exception {
    OpenFile file = open(LONG);
    late(file, 0, 4096).await();
    Reader cached = new Reader(4096);
    assertThat(file.read(cached, 0, 4096, new OpenFile.Scratch())).isEqualTo(4096);
    int length = Pages.SIZE + 1;
    Reader large = new Reader(length);
    assertThat(file.read(large, 300_000, length, new OpenFile.Scratch())).isEqualTo(length);
    assertThat(large.bytes).isEqualTo(Arrays.copyOfRange(content, 300_000, 300_000 + length));
    assertThat(cached.answer).isNotDone();
  }

  @Test
  void aReadThatGetsNoAnswerEndsAtItsDeadline() throws Exception {
    OpenFile file = open(Duration.ofMillis(500));
    source.holdFetches = true;
    long start = System.nanoTime();
    Reader reader = late(file, 0, 4096);
    assertThat(problemOf(reader)).isEqualTo(Problem.IO);
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isBetween(Duration.ofMillis(400), Duration.ofSeconds(10));
    // The kernel's repetition.
    assertThatThrownBy(() -> file.read(new Reader(4096), 0, 4096, new OpenFile.Scratch()))
        .isInstanceOf(FsException.class);
  }

  /** The kernel repeats a failed readahead as a read of one page. */
  @ParameterizedTest
  @ValueSource(ints = {4096, 2 * Pages.SIZE})
  void aReadWhoseFetchFailedIsNotFetchedAgainAtOnce(int length) throws Exception {
    OpenFile file = open(LONG);
    source.roomForPrefetch = false;
    source.failFetches = Failure.IO;
    // On a busy machine the repetition may come too late to be one.
    Awaitility.await()
        .atMost(LONG)
        .until(
            () -> {
              assertThat(fails(file, 0, length)).isTrue();
              int fetches = source.fetches.size();
              // As others' reads would make them go.
              pages.clear();
              assertThat(fails(file, length - 4096, 4096)).isTrue();
              return source.fetches.size() == fetches;
            });
    source.failFetches = null;
    Awaitility.await().atMost(LONG).until(() -> !fails(file, 0, length));
  }

  private static boolean fails(OpenFile file, long offset, int length) throws Exception {
    Reader reader = new Reader(length);
    try {
      if (file.read(reader, offset, length, new OpenFile.Scratch()) == OpenFile.LATER) {
        reader.await();
      }
      return false;
    } catch (FsException | ExecutionException e) {
      return true;
    }
  }

  @Test
  void aReplacedFileReadsAsStale() throws Exception {
    OpenFile file = open(LONG);
    source.failFetches = Failure.STALE;
    assertThat(problemOf(late(file, 0, 4096))).isEqualTo(Problem.STALE);
  }

  @Test
  void theDeadlineOfSomebodyElseIsNotOnesOwn() throws Exception {
    OpenFile file = open(LONG);
    source.failFetches = Failure.DEADLINE;
    Reader reader = late(file, 0, 4096);
    Awaitility.await().atMost(LONG).until(() -> source.fetches.size() > 2);
    assertThat(reader.answer).isNotDone();
    source.failFetches = null;
    assertThat(reader.await()).isEqualTo(Arrays.copyOf(content, 4096));
  }

  @Test
  void aFetchThatAnotherReadBeganDoesNotKeepAReadBeyondItsDeadline() throws Exception {
    source.roomForPrefetch = false;
    source.holdFetches = true;
    Reader other = late(open(LONG), 0, 4096);
    Reader reader = late(open(Duration.ofSeconds(3)), 0, 4096);
    // The other read is called first, and fetches again with its own deadline.
    source.failHeld.set(1);
    Awaitility.await().atMost(LONG).until(() -> source.fetches.size() == 2);
    assertThat(problemOf(reader)).isEqualTo(Problem.IO);
    assertThat(source.fetches).hasSize(2);
    assertThat(other.answer).isNotDone();
    source.holdFetches = false;
    assertThat(other.await()).isEqualTo(Arrays.copyOf(content, 4096));
  }

  @Test
  void aQuestionThatJustRanIntoItsDeadlineFailsAtOnceWhenTheKernelRepeatsIt() throws Exception {
    RailFileSystem fs = fileSystem(LONG, Duration.ofMillis(500));
    RailPath path = RailPath.of("/file");
    source.holdStats = true;
    // On a busy machine the repetition may come too late to be one.
    Awaitility.await()
        .atMost(LONG)
        .until(
            () -> {
              assertThatThrownBy(() -> fs.attributes(path)).isInstanceOf(FsException.class);
              long again = System.nanoTime();
              assertThatThrownBy(() -> fs.attributes(path)).isInstanceOf(FsException.class);
              return System.nanoTime() - again < TimeUnit.MILLISECONDS.toNanos(200);
            });
    source.holdStats = false;
    Awaitility.await()
        .atMost(LONG)
        .ignoreExceptions()
        .until(() -> fs.attributes(path).size() == SIZE);
  }
}
