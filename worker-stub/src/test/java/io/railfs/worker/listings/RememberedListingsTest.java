// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.listings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.worker.TestMount;
import io.railfs.worker.tasks.TaskPool;
import io.railfs.worker.ufs.FileUfs;
import io.railfs.worker.ufs.UfsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Listings of a local directory, whose changes are seen by inotify. */
@Timeout(120)
final class RememberedListingsTest {
  private static final long HOUR = TimeUnit.HOURS.toMillis(1);
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final int NAMES = 5_000;

  @TempDir Path directory;
  private TestMount disk;
  private Path root;
  private final TaskPool pool = new TaskPool("test-meta", 4, 4_096);
  private FileUfs ufs;
  private RememberedListings listings;

  @BeforeEach
  void open() throws Exception {
    // Making and removing so many files takes long on some disks.
    disk = TestMount.tmpfs(directory.resolve("ufs"), "size=64m,nr_inodes=100k");
    root = disk.path();
    Files.createDirectories(root.resolve("d/below"));
    Files.createDirectories(root.resolve("e"));
    for (int i = 0; i < NAMES; i++) {
      Files.createFile(root.resolve("d/name-" + i));
    }
    ufs = FileUfs.open(root);
    listings = new RememberedListings(ufs, pool, 8 << 20);
  }

  @AfterEach
  void close() throws Exception {
    listings.close();
    pool.close();
    ufs.close();
    disk.close();
  }

  private static RailPath path(String path) throws Exception {
    return RailPath.of(path);
  }

  private ListingReader ask(String path, long maxAge, long since) throws Exception {
    return new ListingReader(listings.open(path(path), Optional.empty(), maxAge, since));
  }

  private Set<String> list(String path) throws Exception {
    return ask(path, HOUR, 0).readAll();
  }

  private long read() {
    return listings.counts().read();
  }

  @Test
  void whoeverAsksAtATimeIsToldOfOneListing() throws Exception {
    int askers = 32;
    ExecutorService threads = Executors.newFixedThreadPool(askers);
    try {
      CountDownLatch start = new CountDownLatch(1);
      Callable<Set<String>> asker =
          () -> {
            start.await();
            return list("/d");
          };
      List<Future<Set<String>>> answers = new ArrayList<>();
      for (int i = 0; i < askers; i++) {
        answers.add(threads.submit(asker));
      }
      start.countDown();
      for (Future<Set<String>> answer : answers) {
        assertThat(answer.get()).hasSize(NAMES + 1).contains("below", "name-0", "name-4999");
      }
    } finally {
      threads.shutdownNow();
    }
    RememberedListings.Counts counts = listings.counts();
    assertThat(counts.read()).isEqualTo(1);
    assertThat(counts.hits() + counts.joined()).isEqualTo(askers - 1);
    assertThat(counts.remembered()).isEqualTo(1);
    assertThat(counts.bytes()).isBetween(30L * NAMES, 150L * NAMES);
  }

  @Test
  void onlyWhoTakesWhatIsThatOldIsToldOfItAndHearsHowOldItIs() throws Exception {
    list("/d");
    TimeUnit.MILLISECONDS.sleep(300);
    ListingReader old = ask("/d", HOUR, 0);
    old.readAll();
    assertThat(old.ageMillis()).isBetween(300L, HOUR);
    assertThat(read()).isEqualTo(1);

    ListingReader fresh = ask("/d", HOUR, 100);
    fresh.readAll();
    assertThat(fresh.ageMillis()).as("a change was learnt of 100 ms ago").isZero();
    assertThat(read()).isEqualTo(2);
    ask("/d", 0, 0).readAll();
    assertThat(read()).as("nothing that is remembered will do").isEqualTo(3);
    list("/d");
    assertThat(read()).isEqualTo(3);
  }

  /** What a change does to a dataset. */
  private interface Change {
    void make() throws Exception;
  }

  private void assertSeen(String directory, Change change) throws Exception {
    // Whatever went before may have been seen late, and made it restless.
    TimeUnit.MILLISECONDS.sleep(1_200);
    list(directory);
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              long before = read();
              list(directory);
              assertThat(read()).as("remembered while nothing changes").isEqualTo(before);
            });
    long before = read();
    long changed = listings.counts().changed();
    change.make();
    await().atMost(SOON).until(() -> listings.counts().changed() > changed);
    list(directory);
    assertThat(read()).isEqualTo(before + 1);
  }

  @Test
  void aChangeInTheDirectoryIsSeenAtOnce() throws Exception {
    Path d = root.resolve("d");
    assertSeen("/d", () -> Files.createFile(d.resolve("new")));
    assertThat(list("/d")).contains("new");
    assertSeen("/d", () -> Files.delete(d.resolve("new")));
    assertThat(list("/d")).doesNotContain("new");
    assertSeen("/d", () -> Files.move(d.resolve("name-0"), root.resolve("e/name-0")));
    assertSeen("/d", () -> Files.move(root.resolve("e/name-0"), d.resolve("name-0")));
    assertSeen("/d", () -> Files.writeString(d.resolve("name-1"), "longer"));
    assertSeen(
        "/d",
        () ->
            Files.setPosixFilePermissions(
                d.resolve("name-2"), PosixFilePermissions.fromString("rw-------")));
    assertSeen("/d", () -> Files.createDirectory(d.resolve("subdirectory")));
    assertSeen(
        "/e",
        () -> {
          Files.move(root.resolve("e"), root.resolve("f"));
          Files.createDirectory(root.resolve("e"));
        });
  }

  @Test
  void aDirectoryThatIsGoneIsGoneForWhoAsksNext() throws Exception {
    TimeUnit.MILLISECONDS.sleep(1_200);
    list("/e");
    Files.delete(root.resolve("e"));
    await().atMost(SOON).until(() -> listings.counts().changed() == 1);
    assertThatThrownBy(() -> list("/e"))
        .isInstanceOfSatisfying(
            UfsException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
    assertThat(listings.counts().remembered()).isZero();
    assertThat(listings.counts().bytes()).isZero();
  }

  @Test
  void aFileThatIsWrittenAllTheTimeDoesNotHaveItsDirectoryListedForEachWhoAsks() throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(4);
    int asked = 0;
    while (System.nanoTime() - end < 0) {
      Files.writeString(root.resolve("e/log"), "line " + asked);
      list("/e");
      asked++;
      TimeUnit.MILLISECONDS.sleep(5);
    }
    assertThat(asked).isGreaterThan(50);
    assertThat(read()).isBetween(3L, 16L);
    String last = "last-" + asked;
    Files.createFile(root.resolve("e").resolve(last));
    await().atMost(SOON).untilAsserted(() -> assertThat(list("/e")).contains(last));
  }

  @Test
  void aSlowFollowerKeepsNobodyAndIsToldTheRestOfWhatItBegan() throws Exception {
    ListingReader slow = ask("/d", HOUR, 0);
    slow.read();
    assertThat(list("/d")).hasSize(NAMES + 1);
    long bytes = listings.counts().bytes();
    for (int i = 0; i < 20; i++) {
      ask("/d", HOUR, 0).readAll();
    }
    assertThat(listings.counts().bytes()).as("one copy for all").isEqualTo(bytes);
    Files.delete(root.resolve("d/name-7"));
    await().atMost(SOON).until(() -> listings.counts().changed() == 1);
    assertThat(listings.counts().bytes()).as("still followed").isEqualTo(bytes);
    assertThat(slow.readAll()).hasSize(NAMES + 1).contains("name-7");
    assertThat(listings.counts().bytes()).isZero();
    assertThat(list("/d")).hasSize(NAMES).doesNotContain("name-7");
  }

  private static void awaitOpen(CountDownLatch gate) {
    try {
      gate.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void whatNobodyFollowsAnyMoreIsGivenUp() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    try (TaskPool busy = new TaskPool("test-busy", 1, 100)) {
      RememberedListings left = new RememberedListings(ufs, busy, 8 << 20);
      busy.tryExecute(() -> awaitOpen(gate));
      for (int i = 0; i < 50; i++) {
        left.open(path("/d"), Optional.empty(), 0, 0).close();
      }
      assertThat(left.counts().remembered()).isEqualTo(1);
      gate.countDown();
      await().atMost(SOON).until(() -> left.counts().bytes() == 0);
      assertThat(left.counts().remembered()).isZero();
      assertThat(left.counts().read()).as("nobody waits for what the UFS has").isZero();
    }
  }

  @Test
  void whereMemoryIsShortTheLeastUsedLeaves() throws Exception {
    RememberedListings two = new RememberedListings(ufs, pool, sizeOf("/d") * 5 / 2);
    for (String name : List.of("a", "b", "c")) {
      Files.createDirectory(root.resolve(name));
      for (int i = 0; i < NAMES; i++) {
        Files.createFile(root.resolve(name).resolve("name-" + i));
      }
    }
    for (String name : List.of("/a", "/b", "/a", "/c", "/a", "/c")) {
      assertThat(new ListingReader(two.open(path(name), Optional.empty(), HOUR, 0)).readAll())
          .hasSize(NAMES);
    }
    assertThat(two.counts().read()).as("b left, a and c stayed").isEqualTo(3);
    assertThat(two.counts().noRoom()).isEqualTo(1);
    assertThat(two.counts().remembered()).isEqualTo(2);
    two.close();
    assertThat(two.counts().bytes()).isZero();
  }

  private long sizeOf(String directory) throws Exception {
    list(directory);
    return listings.counts().bytes();
  }

  @Test
  void aDirectoryThatDoesNotFitIsListedWholeForEachAndNotRemembered() throws Exception {
    RememberedListings small = new RememberedListings(ufs, pool, sizeOf("/d") / 2);
    for (int i = 0; i < 3; i++) {
      assertThat(new ListingReader(small.open(path("/d"), Optional.empty(), HOUR, 0)).readAll())
          .hasSize(NAMES + 1);
      assertThat(small.counts().bytes()).isZero();
      assertThat(small.counts().remembered()).isZero();
    }
    assertThat(small.counts().read()).as("one try more than askers").isEqualTo(4);
    RememberedListings off = new RememberedListings(ufs, pool, 0);
    assertThat(new ListingReader(off.open(path("/d"), Optional.empty(), HOUR, 0)).readAll())
        .hasSize(NAMES + 1);
    assertThat(off.counts().bytes()).isZero();
  }

  @Test
  void whoMaySeeSomeNamesIsToldOfThemAlone() throws Exception {
    list("/d");
    Set<ByteString> shown =
        Set.of(ByteString.copyFromUtf8("name-17"), ByteString.copyFromUtf8("none"));
    for (long maxAge : new long[] {HOUR, 0}) {
      assertThat(
              new ListingReader(listings.open(path("/d"), Optional.of(shown), maxAge, 0)).readAll())
          .containsExactly("name-17");
    }
    assertThat(list("/d")).hasSize(NAMES + 1);
  }
}
