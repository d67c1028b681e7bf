// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.railfs.client.ClusterException.Failure;
import io.railfs.mount.CopyTarget;
import io.railfs.mount.DirectorySource;
import io.railfs.mount.cache.Entry;
import io.railfs.mount.cache.MetadataCache;
import io.railfs.mount.cache.PageCache;
import io.railfs.mount.cache.Pages;
import io.railfs.mount.fs.FsException.Problem;
import io.railfs.mount.prefetch.PrefetchSettings;
import io.railfs.protocol.Chunks;
import io.railfs.protocol.Seed;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The file system without FUSE, over a directory. Longer than most: all of it needs the same
 * dataset, source and caches.
 */
final class RailFileSystemTest {
  private static final int SIZE = 20_000_001;

  @TempDir Path root;
  private DirectorySource source;
  private PageCache pages;
  private byte[] content;
  private final OpenFile.Scratch scratch = new OpenFile.Scratch();

  @BeforeEach
  void makeDataset() throws IOException {
    source = new DirectorySource(root);
    pages = new PageCache(48L << 20, 64);
    content = new byte[SIZE];
    new Random(1).nextBytes(content);
    Files.write(root.resolve("big"), content);
    Files.createDirectories(root.resolve("dir/deep"));
    Files.writeString(root.resolve("dir/deep/file"), "hello");
  }

  @AfterEach
  void close() {
    source.close();
  }

  private RailFileSystem fileSystem(Duration readDeadline, Duration timeout) {
    return new RailFileSystem(
        source,
        source,
        new MetadataCache(10 << 20, 10 << 20, timeout, timeout),
        pages,
        new RailFileSystem.Settings(
            new PrefetchSettings(1 << 20, 8 << 20, 64, 1000, 1000),
            readDeadline,
            Duration.ofSeconds(10),
            RailFileSystem.SOON,
            1 << 20,
            1000));
  }

  private RailFileSystem fileSystem() {
    return fileSystem(Duration.ofSeconds(20), Duration.ofMinutes(1));
  }

  private byte[] read(OpenFile file, long offset, int length, OpenFile.Scratch own)
      throws FsException {
    byte[] bytes = new byte[length];
    CopyTarget target = new CopyTarget(bytes);
    int count = file.read(target, offset, length, own);
    assertThat(target.finished()).isEqualTo(count);
    return Arrays.copyOf(bytes, count);
  }

  private byte[] read(OpenFile file, long offset, int length) throws FsException {
    return read(file, offset, length, scratch);
  }

  private byte[] expected(long offset, int length) {
    return Arrays.copyOfRange(content, (int) offset, (int) Math.min(SIZE, offset + length));
  }

  private static Problem problemOf(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    Throwable thrown = org.assertj.core.api.Assertions.catchThrowable(call);
    assertThat(thrown).isInstanceOf(FsException.class);
    return ((FsException) thrown).problem();
  }

  @Test
  void randomAndSequentialReadsFromManyThreadsGiveTheFilesBytes() throws Exception {
    long seed = Seed.take();
    RailFileSystem fs = fileSystem();
    OpenFile file = new Walk(fs).open("/big");
    ExecutorService threads = Executors.newFixedThreadPool(6);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int t = 0; t < 6; t++) {
        Random random = new Random(seed + t);
        boolean sequential = t % 2 == 0;
        running.add(threads.submit(() -> readAround(file, random, sequential)));
      }
      for (Future<?> thread : running) {
        thread.get(60, TimeUnit.SECONDS);
      }
    } catch (Exception e) {
      throw new AssertionError("seed " + seed, e);
    } finally {
      threads.shutdownNow();
    }
  }

  private Void readAround(OpenFile file, Random random, boolean sequential) throws FsException {
    OpenFile.Scratch own = new OpenFile.Scratch();
    long next = 0;
    for (int i = 0; i < 200; i++) {
      int length = 1 + random.nextInt(1 << 20);
      long offset = sequential ? next : random.nextInt(SIZE);
      assertThat(read(file, offset, length, own)).isEqualTo(expected(offset, length));
      next = (offset + length) % SIZE;
    }
    return null;
  }

  @Test
  void aReadIsCutAtTheEndOfTheFileAndEmptyBehindIt() throws FsException {
    RailFileSystem fs = fileSystem();
    OpenFile file = new Walk(fs).open("/big");
    assertThat(read(file, SIZE - 10, 100)).isEqualTo(expected(SIZE - 10, 100)).hasSize(10);
    assertThat(read(file, SIZE, 100)).isEmpty();
    assertThat(read(file, SIZE + 5_000_000_000L, 100)).isEmpty();
  }

  @Test
  void aRandomReadFetchesOnlyTheChunksItTouches() throws FsException {
    RailFileSystem fs = fileSystem();
    OpenFile file = new Walk(fs).open("/big");
    read(file, 5_000_000, 4096);
    assertThat(source.fetches).hasSize(1);
    assertThat(source.fetches.get(0).length()).isEqualTo(Chunks.SIZE);
    read(file, 5_000_000, 4096);
    assertThat(source.fetches).as("second read of the same bytes").hasSize(1);
  }

  @Test
  void aReadOfCachedPagesAllocatesNothing() throws FsException {
    RailFileSystem fs = fileSystem();
    OpenFile file = new Walk(fs).open("/big");
    CopyTarget target = new CopyTarget(new byte[1 << 20]);
    int reads = 20_000;
    // The first round fetches; how many more the compiler needs for its work depends on what else
    // the machine does.
    long allocated = Long.MAX_VALUE;
    for (int round = 0; round < 50 && allocated >= reads; round++) {
      long before = allocatedBytes();
      for (int i = 0; i < reads; i++) {
        file.read(target, (i % 500) * 4096L, 4096, scratch);
      }
      allocated = allocatedBytes() - before;
    }
    // Caffeine's record of what was used costs a few bytes now and then, shared by many reads.
    assertThat(allocated).as("bytes for %d reads", reads).isLessThan(reads);
  }

  private static long allocatedBytes() {
    return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean())
        .getCurrentThreadAllocatedBytes();
  }

  @Test
  void aStreamIsFetchedAheadInLargeRunsThatStayInsideABlock() throws FsException {
    RailFileSystem fs = fileSystem();
    OpenFile file = new Walk(fs).open("/big");
    for (long offset = 0; offset < SIZE; offset += Pages.SIZE) {
      assertThat(read(file, offset, Pages.SIZE)).isEqualTo(expected(offset, Pages.SIZE));
    }
    assertThat(source.fetches).hasSizeLessThan(60);
    assertThat(source.fetches.stream().mapToLong(f -> f.length()).sum()).isEqualTo(SIZE);
    assertThat(source.fetches)
        .allMatch(
            f ->
                f.offset() / source.blockSize()
                    == (f.offset() + f.length() - 1) / source.blockSize());
  }

  @Test
  void aReadThatGetsNoAnswerEndsAtItsDeadline() throws FsException {
    RailFileSystem fs = fileSystem(Duration.ofSeconds(1), Duration.ofMinutes(1));
    OpenFile file = new Walk(fs).open("/big");
    source.holdFetches = true;
    // Nothing else ends it.
    assertThat(timeToFail(file)).isBetween(Duration.ofMillis(950), Duration.ofSeconds(20));
    Duration again = timeToFail(file);
    // Where the machine stood still between the two, the next one follows sooner.
    for (int i = 0; i < 5 && again.toMillis() >= 500; i++) {
      again = timeToFail(file);
    }
    assertThat(again).as("the kernel's repetition").isLessThan(Duration.ofMillis(500));
    source.holdFetches = false;
    org.awaitility.Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions()
        .until(() -> Arrays.equals(read(file, 0, 4096), expected(0, 4096)));
  }

  private Duration timeToFail(OpenFile file) {
    long start = System.nanoTime();
    assertThat(problemOf(() -> read(file, 0, 4096))).isEqualTo(Problem.IO);
    return Duration.ofNanos(System.nanoTime() - start);
  }

  @Test
  void aFileThatWasReplacedOrRemovedReadsAsStale() throws FsException {
    for (Failure failure : List.of(Failure.STALE, Failure.NOT_FOUND)) {
      RailFileSystem fs = fileSystem();
      OpenFile file = new Walk(fs).open("/big");
      source.failFetches = failure;
      assertThat(problemOf(() -> read(file, 3_000_000, 4096))).isEqualTo(Problem.STALE);
      source.failFetches = null;
    }
  }

  @Test
  void aFailedPrefetchFailsNoRead() throws FsException {
    RailFileSystem fs = fileSystem();
    OpenFile file = new Walk(fs).open("/big");
    read(file, 0, 4096);
    source.failFetches = Failure.DEADLINE;
    read(file, 4096, 4096);
    source.failFetches = null;
    for (long offset = 0; offset < SIZE; offset += 1 << 20) {
      assertThat(read(file, offset, 1 << 20)).isEqualTo(expected(offset, 1 << 20));
    }
  }

  @Test
  void listingADirectoryAnswersTheLookupsThatFollow() throws Exception {
    RailFileSystem fs = fileSystem();
    long handle = new Walk(fs).openDirectory("/dir");
    assertThat(names(fs, handle)).containsExactly(".", "..", "deep");
    Files.delete(root.resolve("dir/deep/file"));
    Files.delete(root.resolve("dir/deep"));
    assertThat(fs.attributes(Walk.path("/dir/deep")).isDirectory()).isTrue();
    assertThat(problemOf(() -> fs.attributes(Walk.path("/dir/not-there"))))
        .isEqualTo(Problem.NOT_FOUND);
    fs.releaseDirectory(handle);
    assertThat(fs.openHandles()).isZero();
  }

  private static List<String> names(RailFileSystem fs, long handle) throws FsException {
    List<String> names = new ArrayList<>();
    // In pieces, as the kernel does it.
    while (readSome(fs, handle, names) > 0) {
      assertThat(names).doesNotHaveDuplicates();
    }
    return names;
  }

  /** Reads on behind these names, at most three entries. */
  private static int readSome(RailFileSystem fs, long handle, List<String> names)
      throws FsException {
    int before = names.size();
    fs.directory(handle)
        .read(
            before,
            new Entry(),
            new OpenDirectory.Reader() {
              @Override
              public boolean special(String name, long inode, long next) {
                return take(name);
              }

              @Override
              public boolean entry(
                  byte[] bytes, int start, int length, Entry entry, long inode, long next) {
                return take(new String(bytes, start, length, StandardCharsets.ISO_8859_1));
              }

              private boolean take(String name) {
                return names.size() < before + 3 && names.add(name);
              }
            });
    return names.size() - before;
  }

  /** Takes down which names the kernel is to look up again. */
  private static final class Invalidated implements KernelNames {
    final List<String> names = Collections.synchronizedList(new ArrayList<>());

    @Override
    public void lookAgain(long directory, byte[] name, int length, boolean isDirectory) {
      names.add(new String(name, 0, length, StandardCharsets.ISO_8859_1));
    }

    @Override
    public void askAgain(long node) {}

    @Override
    public CompletableFuture<Void> flushed() {
      return CompletableFuture.completedFuture(null);
    }
  }

  /** An entry of an old handle may be on its way to the kernel when more is learnt about it. */
  @Test
  void anAnswerOfBeforeIsTakenBackByAReadThatFindsTheNameChanged() throws Exception {
    RailFileSystem fs = fileSystem();
    Invalidated invalidated = new Invalidated();
    fs.setKernel(invalidated);
    long handle = new Walk(fs).openDirectory("/");
    byte[] name = "big".getBytes(StandardCharsets.ISO_8859_1);
    NameScratch old = new NameScratch();
    assertThat(fs.directory(handle).listing().find(name, 0, name.length, old.entry())).isTrue();
    OpenFile first = new Walk(fs).open("/big");
    Files.writeString(root.resolve("big"), "another version");
    assertThat(fs.readFailed(first, new FsException(Problem.STALE, "it was replaced"))).isDone();
    OpenFile second = new Walk(fs).open("/big");
    assertThat(second.version()).isNotEqualTo(first.version());
    long late = fs.shown(fs.directory(handle), name, 0, name.length, old);
    assertThat(late).isEqualTo(first.node());
    invalidated.names.clear();
    assertThat(fs.readFailed(second, new FsException(Problem.STALE, "it was replaced"))).isDone();
    assertThat(invalidated.names).contains("big");
    assertThat(fs.nodes().isSuperseded(late)).isTrue();
  }

  @Test
  void aDirectoryIsReadWhileItsListingIsOnItsWayAndLikewiseByAllWhoOpenIt() throws Exception {
    many(3000);
    RailFileSystem fs = fileSystem();
    source.pauseListingAfter = 1000;
    long one = new Walk(fs).openDirectory("/many");
    long two = new Walk(fs).openDirectory("/many");
    List<String> first = new ArrayList<>();
    List<String> second = new ArrayList<>();
    while (first.size() < 700) {
      readSome(fs, one, first);
      readSome(fs, two, second);
    }
    assertThat(second).isEqualTo(first);
    assertThat(source.listings).hasValue(1);
    source.pauseListingAfter = Integer.MAX_VALUE;
    assertThat(names(fs, one)).hasSize(3002).startsWith(first.toArray(String[]::new));
    assertThat(names(fs, two)).isEqualTo(names(fs, one));
    assertThat(source.listings).hasValue(1);
    fs.releaseDirectory(one);
    fs.releaseDirectory(two);
  }

  @Test
  void aListingThatBreaksOffShowsWhatCameAndThenFails() throws Exception {
    many(3000);
    RailFileSystem fs = fileSystem();
    source.failListingAfter = 1000;
    long handle = new Walk(fs).openDirectory("/many");
    List<String> names = new ArrayList<>();
    assertThat(
            problemOf(
                () -> {
                  while (readSome(fs, handle, names) > 0) {}
                }))
        .isEqualTo(Problem.IO);
    assertThat(names).hasSize(1002);
    source.failListingAfter = Integer.MAX_VALUE;
    // Not remembered: the next open asks again.
    long again = new Walk(fs).openDirectory("/many");
    assertThat(names(fs, again)).hasSize(3002);
  }

  private void many(int count) throws IOException {
    Files.createDirectory(root.resolve("many"));
    for (int i = 0; i < count; i++) {
      Files.createFile(root.resolve("many/" + i));
    }
  }

  @Test
  void metadataIsBelievedForItsTimeAndThenAskedAgain() throws Exception {
    RailFileSystem fs = fileSystem(Duration.ofSeconds(5), Duration.ofMillis(200));
    assertThat(problemOf(() -> fs.attributes(Walk.path("/new")))).isEqualTo(Problem.NOT_FOUND);
    Files.writeString(root.resolve("new"), "x");
    org.awaitility.Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions()
        .until(() -> fs.attributes(Walk.path("/new")).size() == 1);
  }

  @Test
  void anOpenFileKeepsItsVersionWhileItsNameStandsForTheNewOne() throws Exception {
    RailFileSystem fs = fileSystem(Duration.ofSeconds(5), Duration.ZERO);
    Walk walk = new Walk(fs);
    long before = walk.node("/dir/deep/file");
    OpenFile old = walk.open("/dir/deep/file");
    Files.writeString(root.resolve("dir/deep/file"), "longer than before");
    long after = walk.node("/dir/deep/file");
    assertThat(after).isNotEqualTo(before);
    assertThat(walk.open("/dir/deep/file").version().size()).isEqualTo(18);
    assertThat(old.version().size()).isEqualTo(5);
    NameScratch scratch = new NameScratch();
    fs.attributes(before, scratch);
    assertThat(scratch.entry().size()).as("fstat of the old descriptor").isEqualTo(5);
    fs.attributes(after, scratch);
    assertThat(scratch.entry().size()).isEqualTo(18);
    assertThat(problemOf(() -> fs.open(before, scratch))).isEqualTo(Problem.CHANGED);
  }

  @Test
  void whatNobodyHasOpenAndIsAnotherVersionByNowIsToldAsThat() throws Exception {
    RailFileSystem fs = fileSystem(Duration.ofSeconds(5), Duration.ZERO);
    long before = new Walk(fs).node("/dir/deep/file");
    Files.delete(root.resolve("dir/deep/file"));
    NameScratch scratch = new NameScratch();
    // The answer to the lookup does for what belongs to the same system call.
    org.awaitility.Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              try {
                fs.attributes(before, scratch);
                return false;
              } catch (FsException e) {
                return e.problem() == Problem.CHANGED;
              }
            });
    assertThat(problemOf(() -> fs.open(before, scratch))).isEqualTo(Problem.CHANGED);
  }

  @Test
  void afterAStaleReadTheNameStandsForTheNewVersionThoughTheOldOneWasStillBelieved()
      throws Exception {
    RailFileSystem fs = fileSystem();
    Walk walk = new Walk(fs);
    OpenFile old = walk.open("/dir/deep/file");
    Files.writeString(root.resolve("dir/deep/file"), "longer than before");
    assertThat(walk.node("/dir/deep/file")).as("believed for a minute").isEqualTo(old.node());
    assertThat(fs.readFailed(old, new FsException(Problem.STALE, "invalidated"))).isDone();
    OpenFile fresh = walk.open("/dir/deep/file");
    assertThat(fresh.version().size()).isEqualTo(18);
    assertThat(fs.attributes(Walk.path("/dir/deep/file")).size()).isEqualTo(18);
  }

  @Test
  void aNewListingTakesBackWhatItShowsToBeWrong() throws Exception {
    for (String name : List.of("same", "changed", "gone")) {
      Files.writeString(root.resolve("dir/" + name), name);
    }
    RailFileSystem fs = fileSystem();
    Invalidated invalidated = new Invalidated();
    fs.setKernel(invalidated);
    Walk walk = new Walk(fs);
    for (String name : List.of("same", "changed", "gone")) {
      walk.node("/dir/" + name);
    }
    assertThat(problemOf(() -> walk.node("/dir/fresh"))).isEqualTo(Problem.NOT_FOUND);
    Files.writeString(root.resolve("dir/changed"), "longer than before");
    Files.delete(root.resolve("dir/gone"));
    Files.writeString(root.resolve("dir/fresh"), "x");
    walk.openDirectory("/dir");
    org.awaitility.Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () ->
                assertThat(invalidated.names)
                    .containsExactlyInAnyOrder("changed", "gone", "fresh"));
  }

  @Test
  void linksTellTheirTextWhereverTheyLead() throws Exception {
    List<String> texts =
        List.of(
            "dir/deep/file",
            "/etc/passwd",
            "../x",
            "../../../x",
            "dirlink/../../../x",
            "deep/../deep/file",
            "nowhere",
            "n".repeat(300));
    link("dir/dirlink", "deep");
    for (int i = 0; i < texts.size(); i++) {
      link("dir/link" + i, texts.get(i));
    }
    RailFileSystem fs = fileSystem();
    for (int i = 0; i < texts.size(); i++) {
      assertThat(link(fs, "/dir/link" + i)).isEqualTo(ByteString.copyFromUtf8(texts.get(i)));
    }
    assertThat(problemOf(() -> link(fs, "/big"))).isEqualTo(Problem.INVALID);
  }

  private static ByteString link(RailFileSystem fs, String path) throws FsException {
    return fs.readLink(new Walk(fs).node(path), new NameScratch());
  }

  private void link(String name, String target) throws IOException {
    Files.createSymbolicLink(root.resolve(name), Path.of(target));
  }

  @Test
  void whatIsNoFileDoesNotOpen() {
    RailFileSystem fs = fileSystem();
    assertThat(problemOf(() -> new Walk(fs).open("/dir"))).isEqualTo(Problem.IS_A_DIRECTORY);
    assertThat(problemOf(() -> new Walk(fs).open("/none"))).isEqualTo(Problem.NOT_FOUND);
    assertThat(problemOf(() -> new Walk(fs).openDirectory("/big")))
        .isEqualTo(Problem.NOT_A_DIRECTORY);
    assertThatThrownBy(() -> fs.file(12345)).isInstanceOf(IllegalArgumentException.class);
  }
}
