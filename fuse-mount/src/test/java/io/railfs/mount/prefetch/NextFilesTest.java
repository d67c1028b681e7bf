// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.prefetch;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.railfs.client.FetchRequest;
import io.railfs.mount.DirectorySource;
import io.railfs.mount.cache.FileKey;
import io.railfs.mount.cache.MetadataCache;
import io.railfs.mount.cache.PackedListing;
import io.railfs.mount.cache.PageCache;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RailPath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NextFilesTest {
  private static final int FILES = 100;
  private static final RailPath DIRECTORY = path("/d");

  @TempDir Path root;
  private DirectorySource source;
  private MetadataCache known;
  private PageCache cache;
  private Prefetchers prefetchers;

  @BeforeEach
  void makeDataset() throws IOException {
    Files.createDirectory(root.resolve("d"));
    for (int i = 0; i < FILES; i++) {
      Files.write(root.resolve(name(i)), new byte[1000 + i]);
    }
    Files.createDirectory(root.resolve("d/f50-directory"));
    source = new DirectorySource(root);
    known = new MetadataCache(1 << 20, 1 << 20, Duration.ofMinutes(1), Duration.ofMinutes(1));
    cache = new PageCache(64L << 20, 64);
    prefetchers = prefetchers(64);
  }

  @AfterEach
  void close() {
    source.close();
  }

  private Prefetchers prefetchers(int nextFiles) {
    return new Prefetchers(
        new PrefetchSettings(1 << 20, 16 << 20, nextFiles, 1000, 1000),
        cache,
        source,
        known,
        Duration.ofSeconds(10));
  }

  private static String name(int number) {
    return "d/f%02d".formatted(number);
  }

  private static RailPath path(String text) {
    try {
      return RailPath.of(text);
    } catch (ProtocolException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** Makes the directory's listing known, in an order of its own. */
  private List<Integer> list() throws Exception {
    Map<String, Attributes> entries = new TreeMap<>();
    source.list(
        DIRECTORY,
        (name, attributes) -> entries.put(name.toString(StandardCharsets.US_ASCII), attributes),
        Duration.ofSeconds(10));
    List<String> names = new ArrayList<>(entries.keySet());
    Collections.shuffle(names, new Random(3));
    PackedListing listing = known.newListing();
    for (String name : names) {
      listing.add(ByteString.copyFromUtf8(name), entries.get(name));
    }
    listing.complete();
    known.shareListing(DIRECTORY, listing).release();
    listing.release();
    return names.stream()
        .filter(name -> !name.endsWith("directory"))
        .map(name -> Integer.parseInt(name.substring(1)))
        .toList();
  }

  private FileVersion version(int number) throws Exception {
    return source.stat(path("/" + name(number)), Long.MAX_VALUE).version();
  }

  /** Reads so much of a file as a handle that then is closed. */
  private void read(int number, int bytes) throws Exception {
    RailPath path = path("/" + name(number));
    FileVersion version = version(number);
    Prefetcher handle = prefetchers.open(path, version, FileKey.of(path, version));
    if (bytes > 0) {
      handle.onRead(0, bytes, true, 0);
    }
    handle.close();
  }

  private void readWhole(int number) throws Exception {
    read(number, 1000 + number);
  }

  private List<String> fetched() {
    return source.fetches.stream().map(FetchRequest::path).map(RailPath::toString).toList();
  }

  @Test
  void theFilesThatFollowByNameAreFetchedOnceEach() throws Exception {
    list();
    for (int i = 0; i < FILES; i++) {
      readWhole(i);
    }
    assertThat(fetched()).doesNotHaveDuplicates().hasSizeGreaterThan(FILES - 8);
    assertThat(fetched()).noneMatch(file -> file.endsWith("directory"));
  }

  @Test
  void theFilesThatFollowInTheListingAreFetchedOnceEach() throws Exception {
    for (int file : list()) {
      readWhole(file);
    }
    assertThat(fetched()).doesNotHaveDuplicates().hasSizeGreaterThan(FILES - 8);
  }

  @Test
  void filesThatAreOnlyOpenedOrReadInPartForesayNothing() throws Exception {
    list();
    for (int i = 0; i < FILES; i++) {
      read(i, i % 2 == 0 ? 0 : 500);
    }
    assertThat(fetched())
        .as("the rest of what was begun, and nothing else")
        .isEqualTo(IntStream.range(0, FILES / 2).mapToObj(i -> "/" + name(2 * i + 1)).toList());
  }

  @Test
  void withoutAListingNothingIsAskedOfAWorkerAndTheLastEpochsOrderServes() throws Exception {
    List<Integer> order = new ArrayList<>(IntStream.range(0, FILES).boxed().toList());
    Collections.shuffle(order, new Random(1));
    for (int file : order) {
      readWhole(file);
    }
    assertThat(fetched()).isEmpty();
    for (int file : order) {
      readWhole(file);
    }
    assertThat(fetched()).doesNotHaveDuplicates().hasSizeGreaterThan(FILES - 10);
  }

  @Test
  void aFileThatChangedSinceIsFetchedInTheVersionThatIsKnownNow() throws Exception, IOException {
    for (int i = 0; i < 20; i++) {
      readWhole(i);
    }
    Files.write(root.resolve(name(4)), new byte[5000]);
    Files.delete(root.resolve(name(3)));
    Attributes now = source.stat(path("/" + name(4)), Long.MAX_VALUE);
    known.put(path("/" + name(4)), now, known.forgets(path("/" + name(4))));
    known.putMissing(path("/" + name(3)), known.forgets(path("/" + name(3))));
    for (int i = 0; i < 3; i++) {
      readWhole(i);
    }
    assertThat(source.fetches).hasSize(1);
    assertThat(source.fetches.get(0).version()).isEqualTo(now.version());
  }

  @Test
  void zeroFilesTurnItOff() throws Exception {
    prefetchers = prefetchers(0);
    list();
    for (int epoch = 0; epoch < 2; epoch++) {
      for (int i = 0; i < FILES; i++) {
        readWhole(i);
      }
    }
    assertThat(fetched()).isEmpty();
  }

  @Test
  void whereThereIsNoRoomNothingIsFetchedAndTheReaderGoesOn() throws Exception {
    list();
    source.roomForPrefetch = false;
    for (int i = 0; i < 50; i++) {
      readWhole(i);
    }
    assertThat(fetched()).isEmpty();
    source.roomForPrefetch = true;
    for (int i = 50; i < FILES; i++) {
      readWhole(i);
    }
    assertThat(fetched()).hasSizeGreaterThan(40);
  }

  @Test
  void aFileFetchedAheadAndNotReadWholeIsWaste() throws Exception {
    list();
    for (int i = 0; i < 5; i++) {
      readWhole(i);
    }
    assertThat(fetched()).containsExactly("/" + name(5), "/" + name(6));
    assertThat(cache.prefetchStats().wastedBytes()).isZero();
    read(5, 10);
    assertThat(cache.prefetchStats().fetchedBytes()).isEqualTo(1005 + 1006);
    assertThat(cache.prefetchStats().wastedBytes()).isEqualTo(1005);
  }
}
