// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ChunksTest {
  @ParameterizedTest
  @CsvSource({"0, 0", "1, 1", "16384, 1", "16385, 2", "67108864, 4096"})
  void countRoundsUp(long length, int chunks) {
    assertThat(Chunks.count(length)).isEqualTo(chunks);
  }

  @Test
  void countThatNoIntHoldsIsRefused() {
    assertThatThrownBy(() -> Chunks.count(1L << 46)).isInstanceOf(ArithmeticException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 0",
    "1, 0, 16384",
    "16383, 0, 16384",
    "16384, 16384, 16384",
    "16385, 16384, 32768",
    "5497558138881, 5497558138880, 5497558155264"
  })
  void offsetsAlignDownAndUp(long offset, long down, long up) {
    assertThat(Chunks.alignDown(offset)).isEqualTo(down);
    assertThat(Chunks.alignUp(offset)).isEqualTo(up);
  }

  @ParameterizedTest
  @CsvSource({
    "131072, true",
    "4194304, true",
    "67108864, true",
    "65536, false",
    "134217728, false",
    "131073, false",
    "0, false",
    "-131072, false",
    "4294967296, false"
  })
  void blockSizesArePowersOfTwoInRange(long size, boolean allowed) {
    assertThat(Chunks.isBlockSize(size)).isEqualTo(allowed);
  }

  @ParameterizedTest
  @CsvSource({
    "10, 0, 10",
    "4194304, 0, 4194304",
    "4194305, 1, 1",
    "4194305, 2, 0",
    "0, 0, 0",
    "10995116277760, 2621439, 4194304"
  })
  void lastBlockIsShort(long fileSize, long index, int length) {
    assertThat(Chunks.blockLength(fileSize, 4 << 20, index)).isEqualTo(length);
  }
}
