// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

final class BufferPoolTest {
  @Test
  void noMoreBuffersAreTakenThanThereAre() throws Exception {
    BufferPool pool = new BufferPool(16, 1, 1);
    ByteBuffer first = pool.take(0);
    assertThat(pool.take(0)).isNull();
    pool.give(first);
    assertThat(pool.take(0)).isSameAs(first);
  }

  @Test
  void aBufferThatCannotBeMadeIsNotCountedAsTaken() {
    // No buffer can have that size, as if there were no memory.
    BufferPool pool = new BufferPool(-1, 1, 1);
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> pool.take(0)).isInstanceOf(IllegalArgumentException.class);
    }
  }
}
