// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.ErrorReply;
import io.railfs.protocol.messages.ListReply;
import io.railfs.protocol.messages.ReadReply;
import io.railfs.protocol.messages.StatRequest;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FrameDecoderTest {
  private static final int MAX_PAYLOAD = 64 << 10;

  private final EmbeddedChannel channel = new EmbeddedChannel(new FrameDecoder(MAX_PAYLOAD));

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  @Test
  void frameOfLiteralBytesIsRead() throws Exception {
    byte[] body = {0x0A, 2, '/', 'a'};
    send(Wire.frame(1, 0, 16, 0x0102030405060708L, body.length, 0, body));
    Frame frame = channel.readInbound();
    assertThat(frame.header().opcode()).isEqualTo(Opcode.STAT.code());
    assertThat(frame.header().requestId()).isEqualTo(0x0102030405060708L);
    assertThat(frame.header().isResponse()).isFalse();
    assertThat(frame.parse(StatRequest.parser()).getPath().toStringUtf8()).isEqualTo("/a");
  }

  /** The example in docs/PROTOCOL.md. */
  @Test
  void exampleOfTheSpecificationIsWhatIsWritten() {
    assertThat(ByteBufUtil.hexDump(Wire.statRequest(1, "/a")))
        .isEqualTo(
            "5241494c"
                + "01"
                + "00"
                + "0010"
                + "0000000000000001"
                + "00000004"
                + "00000000"
                + "d460c082"
                + "0a022f61");
  }

  @Test
  void frameIsTheSameWhereverItsBytesAreSplit() {
    byte[] payload = random(40_000);
    byte[] bytes = concat(Wire.statRequest(1, "/x"), Wire.readReply(2, payload));
    int headers = bytes.length - payload.length;
    for (int split = 1; split < headers + 10; split++) {
      EmbeddedChannel fresh = new EmbeddedChannel(new FrameDecoder(MAX_PAYLOAD));
      fresh.writeInbound(copy(bytes, 0, split));
      fresh.writeInbound(copy(bytes, split, bytes.length));
      assertBoth(fresh, payload);
    }
  }

  @Test
  void framesThatComeByteByByteAreWhole() {
    byte[] payload = random(1_000);
    byte[] bytes = concat(Wire.statRequest(1, "/x"), Wire.readReply(2, payload));
    for (int i = 0; i < bytes.length; i++) {
      channel.writeInbound(copy(bytes, i, i + 1));
    }
    assertBoth(channel, payload);
  }

  @Test
  void severalFramesInOneBufferComeInOrder() {
    List<byte[]> frames = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      frames.add(i % 2 == 0 ? Wire.statRequest(i, "/p" + i) : Wire.readReply(i, random(i)));
    }
    send(concat(frames.toArray(new byte[0][])));
    for (int i = 0; i < 100; i++) {
      Frame frame = channel.readInbound();
      assertThat(frame.header().requestId()).isEqualTo(i);
      assertThat(payload(channel, frame.header().payloadLength())).hasSize(i % 2 == 0 ? 0 : i);
    }
  }

  @Test
  void payloadIsPassedOnAsItComesWithoutWaitingForItsEnd() {
    byte[] bytes = Wire.readReply(1, random(30_000));
    int head = bytes.length - 30_000;
    channel.writeInbound(copy(bytes, 0, head));
    assertThat(channel.<Frame>readInbound().header().payloadLength()).isEqualTo(30_000);
    channel.writeInbound(copy(bytes, head, head + 10_000));
    ByteBuf piece = channel.readInbound();
    assertThat(piece.readableBytes()).isEqualTo(10_000);
    piece.release();
  }

  @ParameterizedTest
  @ValueSource(ints = {FrameHeader.MAX_BODY_LENGTH + 1, Integer.MAX_VALUE, -1, Integer.MIN_VALUE})
  void bodyAboveTheLimitIsRefusedAtItsHeader(int length) {
    ProtocolException cause = refused(Wire.frame(1, 0, 16, 1, length, 0, new byte[0]));
    assertThat(cause.code()).isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(cause)
        .hasMessage("body of " + Integer.toUnsignedString(length) + " bytes, the limit is 1048576");
  }

  @ParameterizedTest
  @ValueSource(ints = {MAX_PAYLOAD + 1, Integer.MAX_VALUE, -1})
  void payloadAboveTheLimitIsRefusedAtItsHeader(int length) {
    ProtocolException cause = refused(Wire.frame(1, 1, 32, 1, 0, length, new byte[0]));
    assertThat(cause)
        .hasMessage(
            "payload of " + Integer.toUnsignedString(length) + " bytes, the limit is 65536");
  }

  @Test
  void lengthsAreNotAllocatedBeforeTheirBytesAreThere() {
    byte[] header = Wire.frame(1, 0, 16, 1, FrameHeader.MAX_BODY_LENGTH, MAX_PAYLOAD, new byte[0]);
    long before = allocatedBytes();
    for (int i = 0; i < 100; i++) {
      EmbeddedChannel fresh = new EmbeddedChannel(new FrameDecoder(MAX_PAYLOAD));
      fresh.writeInbound(Unpooled.wrappedBuffer(header));
      assertThat(fresh.<Object>readInbound()).isNull();
      fresh.finishAndReleaseAll();
    }
    assertThat(allocatedBytes() - before).isLessThan(100L * FrameHeader.MAX_BODY_LENGTH / 4);
  }

  @Test
  void requestsHaveAShorterLimitAndHalfOnesTakeFromOneBudgetUntilTheyAreWholeOrGone() {
    ByteBudget budget = new ByteBudget(100_000);
    byte[] body = new byte[FrameHeader.MAX_REQUEST_LENGTH];
    byte[] whole = Wire.frame(1, 0, 16, 1, body.length, 0, body);
    EmbeddedChannel first = new EmbeddedChannel(FrameDecoder.ofRequests(budget));
    EmbeddedChannel second = new EmbeddedChannel(FrameDecoder.ofRequests(budget));
    first.writeInbound(copy(whole, 0, 60_000));
    assertThat(budget.used()).isEqualTo(60_000 - FrameDecoder.FREE_BYTES);
    ProtocolException cause =
        catchThrowableOfType(
            ProtocolException.class, () -> second.writeInbound(copy(whole, 0, 60_000)));
    assertThat(cause.code()).isEqualTo(ErrorCode.BUSY);
    first.writeInbound(copy(whole, 60_000, whole.length));
    assertThat(first.<Frame>readInbound().body().size()).isEqualTo(body.length);
    assertThat(budget.used()).isZero();
    first.writeInbound(copy(whole, 0, 60_000));
    first.finishAndReleaseAll();
    second.finishAndReleaseAll();
    assertThat(budget.used()).as("its connection has ended").isZero();
    byte[] long1 = Wire.frame(1, 0, 16, 1, FrameHeader.MAX_REQUEST_LENGTH + 1, 0, new byte[0]);
    EmbeddedChannel third = new EmbeddedChannel(FrameDecoder.ofRequests(budget));
    assertThat(
            catchThrowableOfType(
                ProtocolException.class, () -> third.writeInbound(Unpooled.wrappedBuffer(long1))))
        .hasMessage("body of 65537 bytes, the limit is 65536");
    third.finishAndReleaseAll();
  }

  @Test
  void aLargeBodyOfTinyFieldsIsRefusedBeforeItBecomesObjects() {
    byte[] body = new byte[FrameHeader.MAX_BODY_LENGTH];
    for (int i = 0; i < body.length; i += 2) {
      body[i] = 0x0A;
    }
    send(Wire.frame(1, 1, 17, 1, body.length, 0, body));
    Frame frame = channel.readInbound();
    long before = allocatedBytes();
    ProtocolException cause =
        catchThrowableOfType(ProtocolException.class, () -> frame.parse(ListReply.parser()));
    assertThat(cause).hasRootCauseMessage("more than 16384 fields");
    assertThat(allocatedBytes() - before).isLessThan(1 << 20);
  }

  @Test
  void garbageIsRefusedAtItsFourthByte() {
    ProtocolException cause = refused("GET ".getBytes(UTF_8));
    assertThat(cause).hasMessage("not a RailFS frame: magic is missing");
  }

  @Test
  void afterAMalformedFrameEverythingIsDroppedAndNothingIsSaidAgain() {
    refused("GET / HTTP/1.1\r\n\r\n".getBytes(UTF_8));
    send(Wire.statRequest(1, "/x"));
    assertThat(channel.<Object>readInbound()).isNull();
    assertThatCode(channel::checkException).doesNotThrowAnyException();
  }

  @Test
  void newerVersionIsNamedBeforeItsHeaderIsUnderstood() {
    ProtocolException cause = refused(new byte[] {'R', 'A', 'I', 'L', 2});
    assertThat(cause.code()).isEqualTo(ErrorCode.UNSUPPORTED_VERSION);
    assertThat(cause).hasMessage("wire version 2 is not spoken here, only 1");
  }

  @Test
  void unknownOpcodeIsPassedOnWhole() {
    byte[] body = {1, 2, 3};
    send(concat(Wire.frame(1, 0, 60_000, 9, 3, 0, body), Wire.statRequest(10, "/x")));
    Frame frame = channel.readInbound();
    assertThat(frame.header().opcode()).isEqualTo(60_000);
    assertThat(Opcode.ofCode(60_000)).isNull();
    assertThat(frame.body().toByteArray()).isEqualTo(body);
    assertThat(channel.<Frame>readInbound().header().requestId()).isEqualTo(10);
  }

  @Test
  void everyFlippedBitOfHeaderAndBodyIsFound() {
    byte[] good = Wire.statRequest(77, "/some/path");
    for (int bit = 0; bit < good.length * 8; bit++) {
      byte[] bad = good.clone();
      bad[bit / 8] ^= (byte) (1 << (bit % 8));
      EmbeddedChannel fresh = new EmbeddedChannel(new FrameDecoder(MAX_PAYLOAD));
      ProtocolException cause =
          catchThrowableOfType(
              ProtocolException.class, () -> fresh.writeInbound(Unpooled.wrappedBuffer(bad)));
      // A flip in a length may make the decoder wait for bytes that never come: no frame either.
      assertThat(cause != null || fresh.inboundMessages().isEmpty()).isTrue();
      fresh.finishAndReleaseAll();
    }
  }

  @Test
  void randomBytesBehindAGoodStartNeverMakeAFrameNorAnotherException() {
    long seed = Seed.take();
    System.out.println("FrameDecoderTest seed " + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[5 + random.nextInt(100)];
      random.nextBytes(bytes);
      System.arraycopy(new byte[] {'R', 'A', 'I', 'L', 1}, 0, bytes, 0, 5);
      EmbeddedChannel fresh = new EmbeddedChannel(new FrameDecoder(MAX_PAYLOAD));
      try {
        fresh.writeInbound(Unpooled.wrappedBuffer(bytes));
      } catch (Throwable thrown) {
        assertThat(thrown).isInstanceOf(ProtocolException.class);
      }
      assertThat(fresh.inboundMessages()).isEmpty();
      fresh.finishAndReleaseAll();
    }
  }

  @Test
  void errorNamesCodeAndSentence() throws Exception {
    channel.writeInbound(
        Frame.error(channel.alloc(), 60_000, 5, ErrorCode.UNKNOWN_OPCODE, "opcode 60000"));
    Frame frame = channel.readInbound();
    assertThat(frame.header().isError()).isTrue();
    assertThat(frame.header().isResponse()).isTrue();
    assertThat(frame.header().hasMore()).isFalse();
    ErrorReply reply = frame.parse(ErrorReply.parser());
    assertThat(reply.getCode()).isEqualTo(ErrorCode.UNKNOWN_OPCODE);
    assertThat(reply.getMessage()).isEqualTo("opcode 60000");
  }

  @Test
  void bodyThatIsNoSuchMessageIsAProtocolException() {
    send(Wire.frame(1, 1, 32, 1, 2, 0, new byte[] {(byte) 0xFF, (byte) 0xFF}));
    Frame frame = channel.readInbound();
    assertThat(catchThrowableOfType(ProtocolException.class, () -> frame.parse(ReadReply.parser())))
        .hasMessage("the body of opcode 32 is not valid protobuf");
  }

  private void send(byte[] bytes) {
    channel.writeInbound(Unpooled.wrappedBuffer(bytes));
  }

  private ProtocolException refused(byte[] bytes) {
    ProtocolException cause = catchThrowableOfType(ProtocolException.class, () -> send(bytes));
    assertThat(cause).isNotNull();
    assertThat(channel.inboundMessages()).isEmpty();
    return cause;
  }

  private static void assertBoth(EmbeddedChannel channel, byte[] payload) {
    assertThat(channel.<Frame>readInbound().header().requestId()).isEqualTo(1);
    Frame reply = channel.readInbound();
    assertThat(reply.header().requestId()).isEqualTo(2);
    assertThat(payload(channel, reply.header().payloadLength())).isEqualTo(payload);
    assertThat(channel.<Object>readInbound()).isNull();
    channel.finishAndReleaseAll();
  }

  private static byte[] payload(EmbeddedChannel channel, int length) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    while (bytes.size() < length) {
      ByteBuf piece = channel.readInbound();
      bytes.writeBytes(ByteBufUtil.getBytes(piece));
      piece.release();
    }
    return bytes.toByteArray();
  }

  private static ByteBuf copy(byte[] bytes, int from, int to) {
    return Unpooled.wrappedBuffer(Arrays.copyOfRange(bytes, from, to));
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    Arrays.stream(parts).forEach(all::writeBytes);
    return all.toByteArray();
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private static long allocatedBytes() {
    var threads =
        (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
    return threads.getCurrentThreadAllocatedBytes();
  }
}
