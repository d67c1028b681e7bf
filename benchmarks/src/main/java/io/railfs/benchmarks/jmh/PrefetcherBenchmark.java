// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.jmh;

import io.railfs.client.FetchRequest;
import io.railfs.client.FetchSink;
import io.railfs.client.PageSource;
import io.railfs.mount.cache.FileKey;
import io.railfs.mount.cache.PageCache;
import io.railfs.mount.prefetch.PrefetchSettings;
import io.railfs.mount.prefetch.Prefetcher;
import io.railfs.mount.prefetch.Prefetchers;
import io.railfs.protocol.Chunks;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What the prefetcher costs a read: its look at the pattern, and fetches that it starts. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PrefetcherBenchmark {
  private static final long SIZE = 1L << 40;
  private static final int READ = 128 << 10;

  private final Prefetcher random = prefetcher();
  private final Prefetcher stream = prefetcher();
  private long next;

  private static Prefetcher prefetcher() {
    PrefetchSettings settings = new PrefetchSettings(1 << 20, 16 << 20, 0, 1, 1000);
    PageCache cache = new PageCache(256L << 20, 16);
    // Names are asked only for the next files, which are off.
    Prefetchers all = new Prefetchers(settings, cache, new AtOnce(), null, Duration.ofSeconds(30));
    FileVersion version = new FileVersion(SIZE, 1, "");
    return all.open(RailPath.ROOT, version, FileKey.of(RailPath.ROOT, version));
  }

  /** Has every chunk as soon as it is asked for. */
  private static final class AtOnce implements PageSource {
    @Override
    public int blockSize() {
      return 4 << 20;
    }

    @Override
    public void fetch(FetchRequest request, FetchSink sink) {
      for (int at = 0; at < request.length(); at += Chunks.SIZE) {
        sink.verified(at, Math.min(Chunks.SIZE, request.length() - at));
      }
      sink.completed();
    }

    @Override
    public boolean hasRoomForPrefetch() {
      return true;
    }
  }

  @Benchmark
  public void randomRead() {
    long at = ThreadLocalRandom.current().nextLong(SIZE / 4096) * 4096;
    random.onRead(at, 4096, false, 0);
  }

  /** Its fetches included: one page is fetched for each read. */
  @Benchmark
  public void streamRead() {
    stream.onRead(next, READ, false, 0);
    next = (next + READ) % SIZE;
  }
}
