// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.railfs.client.ClusterException;
import io.railfs.client.Freshness;
import io.railfs.client.MetadataSource;
import io.railfs.mount.DirectorySource;
import io.railfs.mount.cache.MetadataCache;
import io.railfs.mount.cache.PackedListing;
import io.railfs.mount.cache.PageCache;
import io.railfs.mount.prefetch.PrefetchSettings;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.RailPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A refresh while a worker's answer is on its way: what was asked for before it is not kept. */
@Timeout(120)
final class RefreshRaceTest {
  private static final Duration LONG = Duration.ofMinutes(1);

  @TempDir Path root;
  private DirectorySource source;
  private HeldAnswer metadata;
  private RailFileSystem fs;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  /** The answer about one path, from before it is let go. */
  private static final class HeldAnswer implements MetadataSource {
    private final MetadataSource from;
    private final CountDownLatch answered = new CountDownLatch(1);
    private final CountDownLatch letGo = new CountDownLatch(1);
    private volatile RailPath held;

    HeldAnswer(MetadataSource from) {
      this.from = from;
    }

    @Override
    public Attributes stat(RailPath path, long deadlineNanos) throws ClusterException {
      boolean isHeld = path.equals(held);
      try {
        return from.stat(path, deadlineNanos);
      } finally {
        if (isHeld) {
          held = null;
          answered.countDown();
          await(letGo);
        }
      }
    }

    @Override
    public void list(
        RailPath path, EntryConsumer entries, Duration progressTimeout, Freshness freshness)
        throws ClusterException {
      from.list(path, entries, progressTimeout, freshness);
    }

    @Override
    public Map<ByteString, ByteString> xattrs(RailPath path, long deadlineNanos)
        throws ClusterException {
      return from.xattrs(path, deadlineNanos);
    }

    @Override
    public Space space(long deadlineNanos) throws ClusterException {
      return from.space(deadlineNanos);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @BeforeEach
  void open() throws IOException {
    Files.createDirectories(root.resolve("d"));
    Files.writeString(root.resolve("d/f"), "old");
    source = new DirectorySource(root);
    metadata = new HeldAnswer(source);
    fs =
        new RailFileSystem(
            metadata,
            source,
            new MetadataCache(10 << 20, 10 << 20, LONG, LONG),
            new PageCache(48L << 20, 64),
            new RailFileSystem.Settings(
                new PrefetchSettings(0, 0, 0, 1000, 1000),
                LONG,
                LONG,
                RailFileSystem.SOON,
                1 << 20,
                1000));
  }

  @AfterEach
  void close() {
    metadata.letGo.countDown();
    threads.shutdownNow();
    fs.shutdown();
    source.close();
  }

  /** Asks, and refreshes after the worker has answered and before its answer is here. */
  private <T> T refreshedMeanwhile(
      String asked, Callable<T> question, Change change, String refreshed, boolean recursive)
      throws Exception {
    metadata.held = Walk.path(asked);
    Future<T> result = threads.submit(question);
    await(metadata.answered);
    change.make();
    fs.refresh(Walk.path(refreshed), recursive, Duration.ofSeconds(30));
    metadata.letGo.countDown();
    return result.get(30, TimeUnit.SECONDS);
  }

  private interface Change {
    void make() throws IOException;
  }

  private void replace() throws IOException {
    Files.writeString(root.resolve("d/f"), "the new one");
  }

  private long size(long node) throws FsException {
    NameScratch scratch = new NameScratch();
    fs.attributes(node, scratch);
    return scratch.entry().size();
  }

  private void assertTheNextQuestionIsAsked(long size) throws FsException {
    int before = source.stats.get();
    assertThat(fs.attributes(Walk.path("/d/f")).size()).isEqualTo(size);
    assertThat(source.stats.get()).isGreaterThan(before);
  }

  @Test
  void attributesThatWereAskedForBeforeARefreshAreNotBelievedAfterIt() throws Exception {
    refreshedMeanwhile(
        "/d/f", () -> fs.attributes(Walk.path("/d/f")), this::replace, "/d/f", false);
    assertTheNextQuestionIsAsked("the new one".length());
    assertThat(size(new Walk(fs).node("/d/f"))).isEqualTo("the new one".length());
  }

  @Test
  void norAfterARefreshOfTheDirectoryOrOfAllAboveIt() throws Exception {
    refreshedMeanwhile("/d/f", () -> fs.attributes(Walk.path("/d/f")), this::replace, "/", true);
    assertTheNextQuestionIsAsked("the new one".length());
  }

  @Test
  void norIsTheAnswerThatThereIsNoSuchName() throws Exception {
    Files.delete(root.resolve("d/f"));
    Callable<FsException.Problem> question =
        () -> {
          try {
            fs.attributes(Walk.path("/d/f"));
            return null;
          } catch (FsException e) {
            return e.problem();
          }
        };
    assertThat(refreshedMeanwhile("/d/f", question, this::replace, "/d", false))
        .isEqualTo(FsException.Problem.NOT_FOUND);
    assertTheNextQuestionIsAsked("the new one".length());
  }

  /** The kernel would believe the old answer for its own time-out. */
  @Test
  void aLookupDuringARefreshFindsTheVersionOfAfterIt() throws Exception {
    Walk walk = new Walk(fs);
    long node = refreshedMeanwhile("/d/f", () -> walk.node("/d/f"), this::replace, "/d/f", false);
    assertThat(fs.nodes().isSuperseded(node)).isFalse();
    assertThat(size(node)).isEqualTo("the new one".length());
  }

  @Test
  void aLookupDuringARefreshFindsANameThatDidNotExistBefore() throws Exception {
    Files.delete(root.resolve("d/f"));
    Walk walk = new Walk(fs);
    long node = refreshedMeanwhile("/d/f", () -> walk.node("/d/f"), this::replace, "/d", false);
    assertThat(size(node)).isEqualTo("the new one".length());
  }

  /** Takes down which names the kernel is to look up again. */
  private static final class LookedUpAgain implements KernelNames {
    final List<String> names = new CopyOnWriteArrayList<>();

    @Override
    public void lookAgain(long directory, byte[] name, int length, boolean isDirectory) {
      names.add(new String(name, 0, length, ISO_8859_1));
    }

    @Override
    public void askAgain(long node) {}

    @Override
    public CompletableFuture<Void> flushed() {
      return CompletableFuture.completedFuture(null);
    }
  }

  /** The notice of the refresh may reach the kernel before the answer that it is about. */
  @Test
  void aNameWhoseAnswerIsSentAfterARefreshIsLookedUpAgain() throws Exception {
    LookedUpAgain kernel = new LookedUpAgain();
    fs.setKernel(kernel);
    int refreshes = fs.refreshes();
    long node = new Walk(fs).node("/d/f");
    fs.takeBackIfOutdated(node, refreshes);
    assertThat(kernel.names).isEmpty();
    fs.refresh(RailPath.ROOT, true, Duration.ofSeconds(30));
    kernel.names.clear();
    fs.takeBackIfOutdated(node, refreshes);
    assertThat(kernel.names).containsExactly("f");
  }

  /** A listing answers that there is no such name, while it is dropped. */
  @Test
  void aNameThatIsReportedMissingDuringARefreshIsLookedUpAgain() throws Exception {
    LookedUpAgain kernel = new LookedUpAgain();
    fs.setKernel(kernel);
    Walk walk = new Walk(fs);
    long directory = walk.node("/d");
    CyclicBarrier barrier = new CyclicBarrier(2);
    for (int i = 0; i < 1000; i++) {
      String name = "n" + i;
      list(directory);
      Files.createFile(root.resolve("d/" + name));
      Future<Boolean> found =
          threads.submit(
              () -> {
                NameScratch scratch = new NameScratch();
                byte[] bytes = name.getBytes(ISO_8859_1);
                System.arraycopy(bytes, 0, scratch.name(), 0, bytes.length);
                scratch.setNameLength(bytes.length);
                barrier.await(30, TimeUnit.SECONDS);
                return fs.lookup(directory, scratch);
              });
      barrier.await(30, TimeUnit.SECONDS);
      fs.refresh(Walk.path("/d"), false, Duration.ofSeconds(30));
      if (!found.get(30, TimeUnit.SECONDS)) {
        assertThat(kernel.names).as("round %d", i).contains(name);
      }
      kernel.names.clear();
      Files.delete(root.resolve("d/" + name));
    }
  }

  /** Waits for the whole listing, which then answers. */
  private void list(long directory) throws Exception {
    long handle = fs.openDirectory(directory, new NameScratch()).handle();
    PackedListing listing = fs.directory(handle).listing();
    listing.await(Integer.MAX_VALUE, System.nanoTime() + Duration.ofSeconds(30).toNanos());
    assertThat(listing.isComplete()).isTrue();
    fs.releaseDirectory(handle);
  }
}
