// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.railfs.client.ClusterException;
import io.railfs.client.Freshness;
import io.railfs.client.MetadataSource;
import io.railfs.mount.cache.MetadataCache;
import io.railfs.mount.cache.PackedListing;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.EntryType;
import io.railfs.protocol.RailPath;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
final class ListingsTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final RailPath FIRST = Walk.path("/first");
  private static final int ROUNDS = 300;

  private final ExecutorService threads = Executors.newFixedThreadPool(2);

  @AfterEach
  void close() {
    threads.shutdownNow();
  }

  /** All listings but the first come only while another one is on its way, too. */
  private static final class InPairs implements MetadataSource {
    private final CyclicBarrier both = new CyclicBarrier(2);

    @Override
    public void list(
        RailPath path, EntryConsumer entries, Duration progressTimeout, Freshness freshness)
        throws ClusterException {
      if (!path.equals(FIRST)) {
        try {
          both.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
          throw new ClusterException(
              ClusterException.Failure.IO, path + " was listed while no other was", e);
        }
      }
      entries.accept(
          ByteString.copyFromUtf8("entry"),
          new Attributes(EntryType.REGULAR, 0644, 0, 0, 1, 1, 1, "", ByteString.EMPTY));
    }

    @Override
    public Attributes stat(RailPath path, long deadlineNanos) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Map<ByteString, ByteString> xattrs(RailPath path, long deadlineNanos) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Space space(long deadlineNanos) {
      throw new UnsupportedOperationException();
    }
  }

  @Test
  void directoriesThatAreOpenedTogetherAreListedTogetherThoughOneThreadIsIdle() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      MetadataCache known = new MetadataCache(1 << 20, 1 << 20, LONG, LONG);
      Listings listings = new Listings(new InPairs(), known, LONG);
      try {
        open(listings, FIRST);
        // The thread that listed it is likely to be idle then; the more rounds meet an idle one,
        // the more they try.
        LockSupport.parkNanos(200_000);
        CyclicBarrier together = new CyclicBarrier(2);
        List<Future<Integer>> opened =
            List.of("/a", "/b").stream()
                .map(
                    path ->
                        threads.submit(
                            () -> {
                              together.await(30, TimeUnit.SECONDS);
                              return open(listings, Walk.path(path));
                            }))
                .toList();
        for (Future<Integer> entries : opened) {
          assertThat(entries.get(60, TimeUnit.SECONDS)).isEqualTo(1);
        }
      } finally {
        listings.shutdown();
      }
    }
  }

  /** How many entries it has. */
  private static int open(Listings listings, RailPath path) throws FsException {
    PackedListing listing = listings.open(path, whole -> {});
    try {
      listings.hasEntry(path, listing, 1);
      return listing.size();
    } finally {
      listing.release();
    }
  }
}
