// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.cache;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.railfs.client.Freshness;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.EntryType;
import io.railfs.protocol.RailPath;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class MetadataCacheTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  private final MetadataCache cache = new MetadataCache(1 << 20, 1 << 20, TIMEOUT, TIMEOUT);

  private static void put(MetadataCache to, RailPath path, Attributes answer) {
    to.put(path, answer, to.forgets(path));
  }

  private static void putMissing(MetadataCache to, RailPath path) {
    to.putMissing(path, to.forgets(path));
  }

  /** Asks every 20 ms, for ten times as long as an answer is believed. */
  private void assertAgesThoughItIsAsked(RailPath path) throws Exception {
    for (int i = 0; i < 1_000 && cache.find(path) != null; i++) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
    assertThat(cache.find(path)).isNull();
  }

  @Test
  void attributesAgeFromWhenTheyWereToldNotFromTheirLastUse() throws Exception {
    RailPath path = RailPath.of("/f");
    Attributes known = new Attributes(EntryType.REGULAR, 0644, 0, 0, 1, 1, 1, "", ByteString.EMPTY);
    put(cache, path, known);
    assertThat(cache.find(path)).isEqualTo(Optional.of(known));
    assertAgesThoughItIsAsked(path);
  }

  @Test
  void theAbsenceOfANameAgesInTheSameWay() throws Exception {
    RailPath path = RailPath.of("/none");
    putMissing(cache, path);
    assertThat(cache.find(path)).isEqualTo(Optional.empty());
    assertAgesThoughItIsAsked(path);
  }

  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final MetadataCache patient = new MetadataCache(1 << 20, 1 << 20, MINUTE, MINUTE);

  private static Attributes of(EntryType type, long nanos) {
    return new Attributes(type, 0644, 0, 0, 1, nanos, nanos, "", ByteString.EMPTY);
  }

  private static PackedListing filled(MetadataCache of, String directory, long ageNanos)
      throws Exception {
    PackedListing fresh = of.newListing();
    fresh.aged(ageNanos);
    of.shareListing(RailPath.of(directory), fresh).release();
    fresh.add(ByteString.copyFromUtf8("a"), of(EntryType.REGULAR, 1));
    fresh.complete();
    fresh.release();
    return fresh;
  }

  /** How long ago the last thing was learnt, as a worker gets to know; -1 where nothing was. */
  private long since(String directory) throws Exception {
    Freshness freshness = patient.freshness(RailPath.of(directory));
    if (freshness.equals(Freshness.NOW)) {
      return 0;
    }
    assertThat(freshness.maxAgeMillis()).isEqualTo(MINUTE.toMillis() / 2);
    return freshness.sinceMillis() == 0 ? -1 : freshness.sinceMillis();
  }

  @Test
  void aListingThatAWorkerRememberedAgesFromWhenItWasBegunThere() throws Exception {
    filled(patient, "/young", Duration.ofSeconds(50).toNanos());
    assertThat(patient.find(RailPath.of("/young/a"))).isPresent();
    assertThat(patient.find(RailPath.of("/young/none"))).isEmpty();
    filled(patient, "/old", MINUTE.toNanos());
    assertThat(patient.find(RailPath.of("/old/a"))).isNull();
    assertThat(patient.find(RailPath.of("/old/none"))).isNull();
    assertThat(patient.acquireListing(RailPath.of("/old"))).isNull();
  }

  @Test
  void aListingThatTookLongIsGoodForTheSameTimeOnceMore() throws Exception {
    PackedListing slow = patient.newListing();
    slow.aged(Duration.ofMinutes(5).toNanos());
    patient.shareListing(RailPath.of("/slow"), slow).release();
    slow.add(ByteString.copyFromUtf8("a"), of(EntryType.REGULAR, 1));
    assertThat(patient.isGood(slow)).as("while it comes").isTrue();
    slow.took(Duration.ofMinutes(4).toNanos());
    slow.complete();
    assertThat(patient.isGood(slow)).isTrue();
    assertThat(patient.find(RailPath.of("/slow/none"))).as("but proves no absence").isNull();
    slow.aged(Duration.ofMinutes(9).toNanos());
    assertThat(patient.isGood(slow)).isFalse();
    MetadataCache none = new MetadataCache(1 << 20, 1 << 20, Duration.ZERO, Duration.ZERO);
    assertThat(none.isGood(filled(none, "/d", 0))).isFalse();
    assertThat(none.freshness(RailPath.of("/d"))).isEqualTo(Freshness.NOW);
  }

  @Test
  void anAnswerThatWasAskedForBeforeItsPathWasForgottenOrDroppedIsNotTakenIn() throws Exception {
    RailPath path = RailPath.of("/d/f");
    List<Runnable> forgetting =
        List.of(
            () -> patient.forget(path),
            () -> patient.drop(path, false),
            () -> patient.drop(path.parent(), false),
            () -> patient.drop(RailPath.ROOT, true));
    for (Runnable forgets : forgetting) {
      int asked = patient.forgets(path);
      forgets.run();
      patient.put(path, of(EntryType.REGULAR, 1), asked);
      assertThat(patient.find(path)).isNull();
      patient.putMissing(path, asked);
      assertThat(patient.find(path)).isNull();
      put(patient, path, of(EntryType.REGULAR, 1));
      assertThat(patient.find(path)).isPresent();
    }
  }

  /** The answer comes while the path is forgotten: either it is not taken in, or it is removed. */
  @Test
  void aPathThatWasForgottenIsNeverFoundByAnAnswerOfBefore() throws Exception {
    RailPath path = RailPath.of("/d/f");
    Attributes old = of(EntryType.REGULAR, 1);
    CyclicBarrier barrier = new CyclicBarrier(2);
    int rounds = 20_000;
    int[] asked = new int[1];
    ExecutorService worker = Executors.newSingleThreadExecutor();
    try {
      Future<?> answering =
          worker.submit(
              () -> {
                for (int i = 0; i < rounds; i++) {
                  barrier.await(30, TimeUnit.SECONDS);
                  patient.put(path, old, asked[0]);
                  barrier.await(30, TimeUnit.SECONDS);
                }
                return null;
              });
      for (int i = 0; i < rounds; i++) {
        asked[0] = patient.forgets(path);
        barrier.await(30, TimeUnit.SECONDS);
        if (i % 2 == 0) {
          patient.forget(path);
        } else {
          patient.drop(path.parent(), true);
        }
        assertThat(patient.find(path)).as("at once, round %d", i).isNull();
        barrier.await(30, TimeUnit.SECONDS);
        assertThat(patient.find(path)).as("later, round %d", i).isNull();
      }
      answering.get(30, TimeUnit.SECONDS);
    } finally {
      worker.shutdownNow();
    }
  }

  @Test
  void whatWasLearntOfANameMustNotBeTakenBackByAnOlderListing() throws Exception {
    assertThat(since("/a")).isEqualTo(-1);
    put(patient, RailPath.of("/a/unchanged"), of(EntryType.REGULAR, 1));
    assertThat(since("/a")).as("any listing has it").isEqualTo(-1);

    long now = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
    put(patient, RailPath.of("/b/changed"), of(EntryType.REGULAR, now));
    putMissing(patient, RailPath.of("/c/missing"));
    patient.forget(RailPath.of("/d/stale"));
    put(patient, RailPath.of("/e"), of(EntryType.DIRECTORY, now));
    patient.drop(RailPath.of("/f"), false);
    patient.drop(RailPath.of("/tree"), true);
    filled(patient, "/g", Duration.ofSeconds(2).toNanos());
    patient.drop(RailPath.of("/g/a"), false);
    TimeUnit.MILLISECONDS.sleep(20);
    for (String learnt : new String[] {"/b", "/c", "/d", "/e", "/f", "/tree", "/tree/x/y", "/g"}) {
      assertThat(since(learnt)).as(learnt).isBetween(15L, 50_000L);
    }
    assertThat(since("/f/below")).isEqualTo(-1);
    assertThat(since("/trees")).isEqualTo(-1);
  }

  @Test
  void whatWasLearntWhileAListingWasOnItsWayIsNotTakenBackByIt() throws Exception {
    Attributes old = of(EntryType.REGULAR, 1);
    Attributes changed =
        of(EntryType.REGULAR, TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()));
    PackedListing late = patient.newListing();
    patient.shareListing(RailPath.of("/late"), late).release();
    TimeUnit.MILLISECONDS.sleep(5);
    put(patient, RailPath.of("/late/replaced"), changed);
    put(patient, RailPath.of("/late/created"), changed);
    putMissing(patient, RailPath.of("/late/removed"));
    for (String name : new String[] {"replaced", "removed", "other"}) {
      late.add(ByteString.copyFromUtf8(name), old);
    }
    late.complete();
    assertThat(patient.find(RailPath.of("/late/replaced"))).contains(changed);
    assertThat(patient.find(RailPath.of("/late/created"))).contains(changed);
    assertThat(patient.find(RailPath.of("/late/removed"))).isEmpty();
    assertThat(patient.find(RailPath.of("/late/other"))).contains(old);
    assertThat(patient.find(RailPath.of("/late/none"))).isEmpty();
    late.release();
  }

  @Test
  void theNextListingIsNotOlderThanTheOneThatLeft() throws Exception {
    PackedListing listing = filled(patient, "/d", Duration.ofSeconds(2).toNanos());
    patient.forgetListing(RailPath.of("/d"), listing);
    assertThat(since("/d")).isBetween(2_000L, 30_000L);
  }

  @Test
  void manyRefreshedTreesAreKeptInLittleMemoryAndNoneIsForgotten() throws Exception {
    for (int i = 0; i < 1_000; i++) {
      patient.drop(RailPath.of("/trees/" + i), true);
    }
    TimeUnit.MILLISECONDS.sleep(20);
    for (int i = 0; i < 1_000; i++) {
      assertThat(since("/trees/" + i + "/x")).isBetween(15L, 50_000L);
    }
  }
}
