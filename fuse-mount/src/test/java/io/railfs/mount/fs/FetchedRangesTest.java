// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

import static org.assertj.core.api.Assertions.assertThat;

import io.railfs.client.FetchRequest;
import io.railfs.mount.CopyTarget;
import io.railfs.mount.DirectorySource;
import io.railfs.mount.cache.MetadataCache;
import io.railfs.mount.cache.PageCache;
import io.railfs.mount.cache.Pages;
import io.railfs.mount.prefetch.PrefetchSettings;
import io.railfs.protocol.Chunks;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which bytes a read asks the cluster for: the chunks that it touches, and no others. */
final class FetchedRangesTest {
  private static final int CHUNK = Chunks.SIZE;
  private static final int PAGE = Pages.SIZE;
  private static final int SIZE = 2 * PAGE + CHUNK + 1;
  private static final Duration LONG = Duration.ofMinutes(1);

  @TempDir Path root;
  private DirectorySource source;
  private OpenFile file;

  @BeforeEach
  void openFile() throws Exception {
    Files.write(root.resolve("file"), new byte[SIZE]);
    source = new DirectorySource(root);
    source.roomForPrefetch = false;
    RailFileSystem fs =
        new RailFileSystem(
            source,
            source,
            new MetadataCache(10 << 20, 10 << 20, LONG, LONG),
            new PageCache(48L << 20, 64),
            new RailFileSystem.Settings(
                new PrefetchSettings(1 << 20, 8 << 20, 64, 1000, 1000),
                LONG,
                LONG,
                RailFileSystem.SOON,
                1 << 20,
                1000));
    file = new Walk(fs).open("/file");
  }

  @AfterEach
  void close() {
    source.close();
  }

  private static long bytes(String words) {
    return Stream.of(words.split("\\+", -1)).mapToLong(FetchedRangesTest::one).sum();
  }

  private static long one(String word) {
    return switch (word) {
      case "chunk" -> CHUNK;
      case "page" -> PAGE;
      case "size" -> SIZE;
      default -> Long.parseLong(word);
    };
  }

  @ParameterizedTest(name = "read of {1} at {0} fetches {3} at {2}")
  @CsvSource({
    "0, 1, 0, chunk",
    "0, chunk, 0, chunk",
    "0, chunk+1, 0, chunk+chunk",
    "chunk+-1, 1, 0, chunk",
    "chunk+-1, 2, 0, chunk+chunk",
    "chunk, 1, chunk, chunk",
    "chunk, chunk, chunk, chunk",
    "0, page, 0, page",
    "0, page+1, 0, page+chunk",
    "1, page, 0, page+chunk",
    "page+-1, 1, page+-16384, chunk",
    "page+-1, 2, page+-16384, chunk+chunk",
    "page, 1, page, chunk",
    "page, page, page, page",
    "page+page+chunk, 1, page+page+chunk, 1",
    "page+page+chunk, 4096, page+page+chunk, 1",
    "page+page+chunk+-1, 4096, page+page, chunk+1",
    "0, size, 0, size",
    "0, size+4096, 0, size"
  })
  void aReadFetchesTheChunksThatItTouches(
      String offset, String length, String fetchedOffset, String fetchedLength) throws Exception {
    int wanted = (int) bytes(length);
    file.read(new CopyTarget(new byte[wanted]), bytes(offset), wanted, new OpenFile.Scratch());
    List<FetchRequest> fetches = List.copyOf(source.fetches);
    assertThat(fetches).isNotEmpty();
    long at = bytes(fetchedOffset);
    for (FetchRequest fetch : fetches) {
      assertThat(fetch.offset()).isEqualTo(at);
      at += fetch.length();
    }
    assertThat(at).isEqualTo(bytes(fetchedOffset) + bytes(fetchedLength));
  }

  @ParameterizedTest
  @CsvSource({"0", "size", "size+chunk"})
  void nothingIsFetchedForNothing(String offset) throws Exception {
    int length = offset.equals("0") ? 0 : 4096;
    assertThat(
            file.read(
                new CopyTarget(new byte[4096]), bytes(offset), length, new OpenFile.Scratch()))
        .isZero();
    assertThat(source.fetches).isEmpty();
  }
}
