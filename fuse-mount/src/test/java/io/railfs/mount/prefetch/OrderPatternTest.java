// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.prefetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.railfs.protocol.Seed;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class OrderPatternTest {
  private static final int FILES = 5000;

  private final OrderPattern pattern = new OrderPattern(256);
  private final Set<Long> fetched = new HashSet<>();
  private int foreseen;
  private int maxAhead;

  private void read(long position) {
    boolean ready = fetched.contains(position);
    foreseen += ready ? 1 : 0;
    OrderPattern.Span span = pattern.onRead(position, FILES, !ready);
    if (span != null) {
      maxAhead = Math.max(maxAhead, (int) (span.end() - position));
      for (long at = span.start(); at < span.end(); at++) {
        fetched.add(at);
      }
    }
  }

  @Test
  void whoReadsAllInOrderFindsNearlyAllOfIt() {
    for (int i = 0; i < FILES; i++) {
      read(i);
    }
    assertThat(foreseen).isGreaterThan(FILES * 99 / 100);
    assertThat(fetched).hasSizeLessThanOrEqualTo(FILES);
  }

  @Test
  void theWindowGrowsOnlyWhileTheReaderWaits() {
    for (int i = 0; i < 1000; i++) {
      read(i);
    }
    assertThat(maxAhead).isLessThan(8);
    for (int i = 1000; i < 4500; i++) {
      OrderPattern.Span span = pattern.onRead(i, FILES, true);
      maxAhead = span == null ? maxAhead : Math.max(maxAhead, (int) (span.end() - i));
    }
    assertThat(maxAhead).isEqualTo(257);
  }

  @Test
  void whoStopsHasWastedATenthAtMost() {
    for (int stop = 20; stop < 2000; stop += 13) {
      OrderPattern fresh = new OrderPattern(256);
      long ahead = 0;
      for (int i = 0; i < stop; i++) {
        OrderPattern.Span span = fresh.onRead(i, FILES, true);
        ahead = span == null ? ahead : span.end();
      }
      assertThat(ahead - stop).as("stopped after %d", stop).isLessThanOrEqualTo(stop / 10 + 1);
    }
  }

  @Test
  void theBatchesOfSeveralProcessesAreFollowed() {
    long seed = Seed.take();
    Random random = new Random(seed);
    int processes = 8;
    int batch = 32;
    for (int round = 0; round + processes * batch <= FILES; round += processes * batch) {
      int[] done = new int[processes];
      for (int left = processes * batch; left > 0; left--) {
        int process = random.nextInt(processes);
        while (done[process] == batch) {
          process = (process + 1) % processes;
        }
        read(round + process * batch + done[process]++);
      }
    }
    assertThat(foreseen).as("seed %d", seed).isGreaterThan(FILES * 3 / 4);
    assertThat(pattern.isTrusted()).isTrue();
  }

  @Test
  void shuffledReadsFetchNextToNothing() {
    long seed = Seed.take();
    List<Integer> order = new ArrayList<>(IntStream.range(0, FILES).boxed().toList());
    Collections.shuffle(order, new Random(seed));
    order.forEach(this::read);
    assertThat(fetched).as("seed %d", seed).hasSizeLessThan(FILES / 20);
  }

  @Test
  void anOrderThatDoesNotComeTrueIsLeftAloneUntilItDoes() {
    // Three in a row, then far away: each time two files are fetched for nothing.
    for (int i = 0; i < 600; i++) {
      int start = (i * 1009) % (FILES - 50);
      for (int k = 0; k < 3; k++) {
        read(start + k);
      }
    }
    int soFar = fetched.size();
    assertThat(soFar).isLessThan(200);
    assertThat(pattern.isTrusted()).isFalse();
    for (int i = 0; i < FILES; i++) {
      read(i);
    }
    assertThat(pattern.isTrusted()).isTrue();
    assertThat(fetched).hasSizeGreaterThan(FILES / 2);
  }

  @Test
  void wantOfRoomIsTakenUpWhereItStopped() {
    OrderPattern.Span span = null;
    int at = 0;
    while (span == null) {
      span = pattern.onRead(at++, FILES, true);
    }
    pattern.fellShort(span, span.start());
    OrderPattern.Span again = pattern.onRead(at, FILES, true);
    assertThat(again.start()).isLessThanOrEqualTo(at + 1);
  }

  @Test
  void nothingIsFetchedBehindTheEnd() {
    for (int i = FILES - 10; i < FILES; i++) {
      read(i);
    }
    assertThat(fetched).allMatch(position -> position < FILES);
  }
}
