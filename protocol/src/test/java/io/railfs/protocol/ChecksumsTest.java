// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.protocol;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ChecksumsTest {
  @Test
  void checkValueIsThatOfCastagnoli() {
    // RFC 3720, appendix B.4, and the "check" of the CRC catalogue.
    assertThat(Checksums.crc32c(ByteBuffer.wrap("123456789".getBytes(US_ASCII))))
        .isEqualTo(0xE3069283);
    assertThat(Checksums.crc32c(ByteBuffer.allocate(32))).isEqualTo(0x8A9136AA);
    assertThat(Checksums.crc32c(ByteBuffer.allocate(0))).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 16383, 16384, 16385, 100_000})
  void eachChunkHasItsOwnSum(int length) {
    byte[] bytes = new byte[length + 3];
    new Random(length).nextBytes(bytes);
    ByteBuffer view = ByteBuffer.allocateDirect(bytes.length).put(bytes).position(3);
    int[] sums = Checksums.ofChunks(view);
    assertThat(sums).hasSize((length + 16383) / 16384);
    for (int i = 0; i < sums.length; i++) {
      CRC32C crc = new CRC32C();
      int start = i * 16384;
      crc.update(bytes, 3 + start, Math.min(16384, length - start));
      assertThat(sums[i]).isEqualTo((int) crc.getValue());
    }
    assertThat(view.position()).isEqualTo(3);
    assertThat(view.limit()).isEqualTo(bytes.length);
  }

  @Test
  void controlSumCoversGuardedHeaderAndBody() {
    byte[] frame = new byte[40];
    new Random(1).nextBytes(frame);
    byte[] body = {1, 2, 3};
    CRC32C crc = new CRC32C();
    crc.update(frame, 7, 24);
    crc.update(body);
    ByteBuf buffer = Unpooled.wrappedBuffer(frame);
    assertThat(Checksums.control(buffer, 7, body)).isEqualTo((int) crc.getValue());
  }
}
