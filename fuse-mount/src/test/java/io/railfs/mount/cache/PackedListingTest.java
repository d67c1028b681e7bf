// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.EntryType;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.Seed;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class PackedListingTest {
  private static final Duration LONG = Duration.ofMinutes(5);

  private final MetadataCache cache = new MetadataCache(1 << 20, 4 << 20, LONG, LONG);

  private static RailPath path(String text) throws Exception {
    return RailPath.of(text);
  }

  private static Attributes file(long size) {
    return new Attributes(
        EntryType.REGULAR,
        0644,
        1000,
        100,
        size,
        1_700_000_000_123_456_789L + size,
        5,
        "Zm9vYmFy",
        bytes());
  }

  private static ByteString bytes() {
    return ByteString.EMPTY;
  }

  private static ByteString name(String latin1) {
    return ByteString.copyFrom(latin1, StandardCharsets.ISO_8859_1);
  }

  private static List<String> names(PackedListing listing, int from) {
    List<String> names = new ArrayList<>();
    listing.read(
        from,
        (bytes, start, length, type) ->
            names.add(new String(bytes, start, length, StandardCharsets.ISO_8859_1)));
    return names;
  }

  @Test
  void everyKindOfEntryComesBackAsItWasToldAndFromEveryNumber() throws Exception {
    long seed = Seed.take();
    Random random = new Random(seed);
    Map<String, Attributes> added = new LinkedHashMap<>();
    PackedListing listing = cache.newListing();
    for (int i = 0; i < 5000; i++) {
      String text = randomName(random, i);
      Attributes attributes = randomAttributes(random);
      added.put(text, attributes);
      listing.add(name(text), attributes);
    }
    listing.complete();
    assertThat(listing.size()).isEqualTo(added.size());
    List<String> order = new ArrayList<>(added.keySet());
    added.forEach((text, attributes) -> assertThat(listing.find(text)).isEqualTo(attributes));
    for (int from = 0; from < order.size(); from += 1 + random.nextInt(200)) {
      assertThat(names(listing, from)).isEqualTo(order.subList(from, order.size()));
    }
    assertThat(listing.find("not there")).isNull();
    assertThat(names(listing, order.size())).isEmpty();
    listing.release();
    assertThat(cache.listingBytes()).isZero();
  }

  /** Any bytes but slash and NUL, 2 to 255 of them; the number makes it another one each time. */
  private static String randomName(Random random, int number) {
    StringBuilder text = new StringBuilder(number + "-");
    int length = random.nextInt(10) == 0 ? 255 : 1 + random.nextInt(30);
    while (text.length() < length) {
      char next = (char) (1 + random.nextInt(255));
      text.append(next == '/' ? '_' : next);
    }
    return text.toString();
  }

  private static Attributes randomAttributes(Random random) {
    EntryType type =
        List.of(EntryType.REGULAR, EntryType.SYMLINK, EntryType.DIRECTORY).get(rare(random));
    byte[] target = new byte[type == EntryType.SYMLINK ? 1 + random.nextInt(4095) : 0];
    random.nextBytes(target);
    return new Attributes(
        type,
        random.nextInt(01000),
        random.nextInt(3),
        random.nextBoolean() ? -1 : 7,
        random.nextLong() >>> random.nextInt(64),
        random.nextLong() >> random.nextInt(64),
        random.nextLong() >> random.nextInt(64),
        random.nextInt(4) == 0 ? "\"ä-" + random.nextLong() + "\"" : "",
        ByteString.copyFrom(target),
        random.nextInt(8) == 0 ? random.nextInt(5) - 2 : 0,
        random.nextInt(16) == 0 ? random.nextInt() >> random.nextInt(32) : 0);
  }

  private static int rare(Random random) {
    return random.nextInt(20) == 0 ? 1 : 2 * random.nextInt(2);
  }

  @Test
  void anEntryReadFromThePackedFormIsTheOneOfItsAttributes() throws Exception {
    long seed = Seed.take();
    Random random = new Random(seed);
    PackedListing listing = cache.newListing();
    Entry read = new Entry();
    Entry expected = new Entry();
    Map<Long, Object> versions = new HashMap<>();
    for (int i = 0; i < 5000; i++) {
      byte[] bytes = randomName(random, i).getBytes(StandardCharsets.ISO_8859_1);
      Attributes attributes = randomAttributes(random);
      listing.add(ByteString.copyFrom(bytes), attributes);
      assertThat(listing.find(bytes, 0, bytes.length, read)).isTrue();
      assertThat(listing.find(bytes, 0, bytes.length)).isEqualTo(attributes);
      expected.set(attributes);
      assertThat(read).usingRecursiveComparison().isEqualTo(expected);
      if (!attributes.isDirectory()) {
        Object content =
            List.of(attributes.type(), attributes.version(), attributes.symlinkTarget());
        Object before = versions.put(read.version(), content);
        assertThat(before == null || before.equals(content)).isTrue();
      }
    }
  }

  @Test
  void aNameToldAgainIsTheSameEntryAndOneThatNoPathCanHaveIsLeftOut() throws Exception {
    PackedListing listing = cache.newListing();
    for (String text : List.of("a", "b", "a", "", "x/y", "n".repeat(256), "b", "c")) {
      listing.add(name(text), file(listing.size()));
    }
    listing.complete();
    assertThat(names(listing, 0)).containsExactly("a", "b", "c");
    listing.release();
  }

  @Test
  void aMillionEntriesTakeAtMostSixtyBytesEach() throws Exception {
    MetadataCache large = new MetadataCache(1 << 20, 100L << 20, LONG, LONG);
    PackedListing listing = large.newListing();
    for (int i = 0; i < 1_000_000; i++) {
      listing.add(name("sample-%07d.jpg".formatted(i)), file(i));
    }
    listing.complete();
    System.out.println("bytes of a listing of a million entries: " + large.listingBytes());
    assertThat(large.listingBytes()).isLessThan(60_000_000);
    assertThat(listing.find("sample-0999999.jpg")).isEqualTo(file(999_999));
    listing.release();
    assertThat(large.listingBytes()).isZero();
  }

  @Test
  void listingsThatAreNotOpenMakeRoomAndWhatIsOpenStays() throws Exception {
    PackedListing open = filled("/open", 20_000);
    for (int i = 0; i < 20; i++) {
      filled("/closed" + i, 20_000).release();
      assertThat(cache.listingBytes()).isLessThanOrEqualTo(4 << 20);
    }
    assertThat(cache.acquireListing(path("/open"))).isSameAs(open);
    assertThat(cache.acquireListing(path("/closed0"))).isNull();
    assertThat(cache.acquireListing(path("/closed19"))).isNotNull();
  }

  @Test
  void aListingForWhichNoRoomCanBeMadeIsRefusedWithTheSettingThatHelps() throws Exception {
    PackedListing open = filled("/open", 60_000);
    PackedListing refused = cache.newListing();
    assertThatThrownBy(() -> fill(refused, 60_000))
        .isInstanceOf(CacheFullException.class)
        .hasMessageContaining("raise railfs.mount.memory-limit");
    refused.release();
    open.release();
    cache.forgetListing(path("/open"), open);
    assertThat(cache.listingBytes()).isZero();
  }

  @Test
  void anAbsenceIsBelievedOnlyOnceTheListingIsWholeAndForItsOwnTime() throws Exception {
    MetadataCache brief = new MetadataCache(1 << 20, 4 << 20, LONG, Duration.ofMillis(300));
    PackedListing listing = brief.newListing();
    brief.shareListing(path("/d"), listing).release();
    listing.add(name("a"), file(1));
    assertThat(brief.find(path("/d/a"))).contains(file(1));
    assertThat(brief.find(path("/d/b"))).isNull();
    listing.complete();
    listing.release();
    Thread.sleep(400);
    assertThat(brief.find(path("/d/a"))).contains(file(1));
    assertThat(brief.find(path("/d/b"))).isNull();
    PackedListing fresh = cache.newListing();
    cache.shareListing(path("/d"), fresh).release();
    fresh.complete();
    fresh.release();
    assertThat(cache.find(path("/d/b"))).isEmpty();
  }

  /** Complete, in the cache and held once more. */
  private PackedListing filled(String directory, int count) throws Exception {
    PackedListing fresh = cache.newListing();
    PackedListing shared = cache.shareListing(path(directory), fresh);
    assertThat(shared).isSameAs(fresh);
    fill(fresh, count);
    fresh.complete();
    fresh.release();
    return shared;
  }

  private static void fill(PackedListing listing, int count) throws CacheFullException {
    for (int i = 0; i < count; i++) {
      listing.add(name("sample-%07d.jpg".formatted(i)), file(i));
    }
  }
}
