// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.prefetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.railfs.protocol.FileVersion;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.Seed;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class ReadHistoryTest {
  private static final FileVersion VERSION = new FileVersion(1, 2, "");

  private static RailPath path(int number) {
    try {
      return RailPath.of("/d/" + number);
    } catch (ProtocolException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @Test
  void aFileIsFoundAtTheTimeItWasLastRead() {
    ReadHistory history = new ReadHistory(4096);
    for (int i = 0; i < 3000; i++) {
      assertThat(history.add(path(i), VERSION)).isEqualTo(-1);
    }
    for (int i = 0; i < 1000; i++) {
      assertThat(history.add(path(i * 3), VERSION)).isEqualTo(i * 3L);
    }
    assertThat(history.at(1).path()).isEqualTo(path(1));
    assertThat(history.at(3)).as("read again since").isNull();
    assertThat(history.at(3000).path()).isEqualTo(path(0));
    assertThat(history.at(4000)).as("not read yet").isNull();
  }

  @Test
  void theVersionOfTheLastReadCounts() {
    ReadHistory history = new ReadHistory(16);
    history.add(path(1), VERSION);
    FileVersion newer = new FileVersion(3, 4, "e");
    assertThat(history.add(path(1), newer)).isZero();
    assertThat(history.at(1).version()).isEqualTo(newer);
  }

  @Test
  void itRemembersAsMuchAsItsCapacityAndBehavesLikeAPlainList() {
    long seed = Seed.take();
    Random random = new Random(seed);
    ReadHistory history = new ReadHistory(2048);
    List<Integer> all = new ArrayList<>();
    ArrayDeque<Integer> last = new ArrayDeque<>();
    for (int i = 0; i < 20_000; i++) {
      int file = random.nextInt(3000);
      int before = last.contains(file) ? all.lastIndexOf(file) : -1;
      assertThat(history.add(path(file), VERSION)).as("seed %d", seed).isEqualTo(before);
      all.add(file);
      last.add(file);
      if (last.size() > 2048) {
        last.remove();
      }
    }
    assertThat(history.at(20_000 - 2049)).isNull();
  }

  @Test
  void aFileReadOverAndOverCostsNothingButItsPlace() {
    ReadHistory history = new ReadHistory(1 << 16);
    for (int i = 0; i < 60_000; i++) {
      assertThat(history.add(path(0), VERSION)).isEqualTo(i - 1);
    }
    assertThat(history.at(59_999).path()).isEqualTo(path(0));
    assertThat(history.at(59_998)).isNull();
  }
}
