// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.railfs.protocol.messages.StatRequest;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class RdmaFormatTest {
  private static final ByteString HALF = ByteString.copyFromUtf8("0123456789abcdef");

  @Test
  void headsAreTheseBytes() throws Exception {
    ByteBuffer bytes = ByteBuffer.allocate(RdmaFormat.LENGTH + FrameHeader.LENGTH);
    new RdmaFormat(RdmaFormat.ANSWER, FrameHeader.LENGTH, 0x0102030405060708L).write(bytes);
    assertThat(bytes.array())
        .startsWith(0, 0, 0, 2, 0, 0, 0, FrameHeader.LENGTH, 1, 2, 3, 4, 5, 6, 7, 8);
    RdmaFormat read = RdmaFormat.read(bytes.clear());
    assertThat(read).isEqualTo(new RdmaFormat(2, FrameHeader.LENGTH, 0x0102030405060708L));
  }

  @Test
  void headsThatLieAreRefused() {
    refuse(5, FrameHeader.LENGTH, 100);
    refuse(0, FrameHeader.LENGTH, 100);
    refuse(RdmaFormat.ANSWER, 101, 100);
    refuse(RdmaFormat.ANSWER, -1, 100);
    refuse(RdmaFormat.ANSWER, Integer.MIN_VALUE, 100);
    refuse(RdmaFormat.REQUEST, FrameHeader.LENGTH - 1, 100);
    refuse(RdmaFormat.MORE, 1, 100);
    assertThatThrownBy(() -> RdmaFormat.read(ByteBuffer.allocate(15)))
        .isInstanceOf(ProtocolException.class);
  }

  private static void refuse(int kind, int frameBytes, int behind) {
    ByteBuffer bytes = ByteBuffer.allocate(RdmaFormat.LENGTH + behind);
    new RdmaFormat(kind, frameBytes, 1).write(bytes);
    assertThatThrownBy(() -> RdmaFormat.read(bytes.clear())).isInstanceOf(ProtocolException.class);
  }

  @Test
  void greetingsComeBackWithZerosBehindThem() throws Exception {
    RdmaFormat.Greeting greeting = new RdmaFormat.Greeting(HALF, 136 << 10);
    byte[] padded = java.util.Arrays.copyOf(greeting.encode(), 56);
    assertThat(RdmaFormat.Greeting.decode(padded)).isEqualTo(greeting);
    RdmaFormat.Welcome welcome = new RdmaFormat.Welcome(HALF, 32, 128 << 10);
    padded = java.util.Arrays.copyOf(welcome.encode(), 196);
    assertThat(RdmaFormat.Welcome.decode(padded)).isEqualTo(welcome);
  }

  @Test
  void greetingsThatLieAreRefused() {
    byte[] other = new RdmaFormat.Greeting(HALF, 136 << 10).encode();
    other[0] = 2;
    assertThatThrownBy(() -> RdmaFormat.Greeting.decode(other))
        .isInstanceOf(ProtocolException.class);
    assertThatThrownBy(() -> RdmaFormat.Greeting.decode(new byte[0]))
        .isInstanceOf(ProtocolException.class);
    byte[] small = new RdmaFormat.Greeting(HALF, 1000).encode();
    assertThatThrownBy(() -> RdmaFormat.Greeting.decode(small))
        .hasMessageContaining("messages of 1000 bytes");
    byte[] none = new RdmaFormat.Welcome(HALF, 0, 128 << 10).encode();
    assertThatThrownBy(() -> RdmaFormat.Welcome.decode(none)).isInstanceOf(ProtocolException.class);
    byte[] negative = new RdmaFormat.Welcome(HALF, 1, -5).encode();
    assertThatThrownBy(() -> RdmaFormat.Welcome.decode(negative))
        .isInstanceOf(ProtocolException.class);
  }

  @Test
  void anAnswerTakesAsManyMessagesAsItHasPieces() {
    assertThat(RdmaFormat.messages(0, 100)).isEqualTo(1);
    assertThat(RdmaFormat.messages(100, 100)).isEqualTo(1);
    assertThat(RdmaFormat.messages(101, 100)).isEqualTo(2);
  }

  @Test
  void framesAreParsedWholeAndDamagedOnesRefused() throws Exception {
    StatRequest body = StatRequest.newBuilder().setPath(HALF).build();
    ByteBuf frame = Frame.request(UnpooledByteBufAllocator.DEFAULT, Opcode.STAT, 77, body);
    byte[] bytes = new byte[frame.readableBytes()];
    frame.readBytes(bytes).release();
    Frame parsed = Frame.parse(ByteBuffer.wrap(bytes));
    assertThat(parsed.header().requestId()).isEqualTo(77);
    assertThat(parsed.parse(StatRequest.parser())).isEqualTo(body);
    Random random = new Random(5);
    for (int i = 0; i < 2_000; i++) {
      byte[] damaged = bytes.clone();
      int at = random.nextInt(damaged.length);
      damaged[at] = (byte) (damaged[at] ^ 1 << random.nextInt(8));
      int length = random.nextInt(4) == 0 ? random.nextInt(damaged.length) : damaged.length;
      assertThatThrownBy(() -> Frame.parse(ByteBuffer.wrap(damaged, 0, length)))
          .isInstanceOf(ProtocolException.class);
    }
  }
}
