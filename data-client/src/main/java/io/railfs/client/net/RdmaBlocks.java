// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.net;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import io.railfs.client.FetchRequest;
import io.railfs.client.TransportKind;
import io.railfs.fabric.Transport;
import io.railfs.fabric.rdma.RdmaBuffer;
import io.railfs.fabric.rdma.RdmaConnection;
import io.railfs.fabric.rdma.RdmaMessage;
import io.railfs.fabric.rdma.RdmaPort;
import io.railfs.protocol.Frame;
import io.railfs.protocol.FrameHeader;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RdmaFormat;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.ErrorReply;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;

/**
 * The bytes of blocks by messages over RDMA (docs/adr/0025).
 *
 * <pre>
 *   fetch --> registered --a place among the worker's requests, receives for the answer--> sent
 *                                                                                           |
 *     the read ends <--all pieces-- copied to its page, checksums compared <-- ANSWER, MORE -+
 * </pre>
 *
 * <p>A read is sent when the receives for its whole answer are reserved, so that the worker never
 * waits for one. They stay reserved until the last message came, even if nobody waits for the read
 * any more: a late answer lands in memory of the port and is dropped.
 *
 * <p>Everything but {@link #fetch} and {@link #received} happens on the connection's event loop.
 */
final class RdmaBlocks implements BlockTransport {
  private final Connection connection;
  private final RdmaPort port;
  private final RdmaConnection lane;
  private final RdmaFormat.Welcome welcome;
  private final Queue<BlockRead> waiting = new ArrayDeque<>();
  private final LongObjectMap<Answer> answers = new LongObjectHashMap<>();
  private final Queue<RdmaMessage> inbox = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean draining = new AtomicBoolean();
  private final LongAdder bytes = new LongAdder();

  /** Whether somebody else's receives are waited for. */
  private boolean blocked;

  private boolean ended;

  /** What is due for a request that was sent. */
  private static final class Answer {
    private final BlockRead read;
    private final int receives;
    private int messages;
    private int received;

    Answer(BlockRead read, int receives) {
      this.read = read;
      this.receives = receives;
    }
  }

  RdmaBlocks(
      Connection connection, RdmaPort port, RdmaConnection lane, RdmaFormat.Welcome welcome) {
    this.connection = requireNonNull(connection, "connection is null");
    this.port = requireNonNull(port, "port is null");
    this.lane = requireNonNull(lane, "lane is null");
    this.welcome = requireNonNull(welcome, "welcome is null");
  }

  /** Whether a port receives the answer to any read, in such pieces. */
  static boolean takes(RdmaPort port, RdmaFormat.Welcome welcome) {
    return RdmaFormat.messages(FetchRequest.MAX_LENGTH, welcome.pieceBytes())
        <= port.receives().limit();
  }

  @Override
  public TransportKind kind() {
    return TransportKind.RDMA;
  }

  @Override
  public long bytes() {
    return bytes.sum();
  }

  @Override
  public void fetch(BlockRead read) {
    connection.announce(read);
    if (!connection.execute(() -> await(read))) {
      read.onFailure(new AttemptException(AttemptException.Kind.CLOSED, "the client was closed"));
    }
  }

  private void await(BlockRead read) {
    if (!connection.register(read)) {
      return;
    }
    if (ended) {
      connection.sendRegistered(read);
      return;
    }
    waiting.add(read);
    ask();
  }

  private int messages(BlockRead read) {
    return RdmaFormat.messages(read.length(), welcome.pieceBytes());
  }

  /** Sends what waits, as far as the worker and the receives allow. */
  private void ask() {
    while (!blocked && !ended && !waiting.isEmpty() && answers.size() < welcome.requests()) {
      BlockRead next = waiting.element();
      int receives = messages(next);
      if (!connection.isUnderWay(next)) {
        // Its time was over before it was asked for: there is no late answer to wait for.
        waiting.remove();
        boolean unused = connection.takeOut(next, next.id());
      } else if (port.receives().reserve(receives, this::askLater)) {
        waiting.remove();
        send(next, receives);
      } else {
        blocked = true;
      }
    }
  }

  /** By whoever has released receives; never at once, as this may be in the middle of something. */
  private void askLater() {
    boolean unused =
        connection.execute(
            () -> {
              blocked = false;
              ask();
            });
  }

  private void send(BlockRead read, int receives) {
    long id = read.id();
    answers.put(id, new Answer(read, receives));
    ByteBuf request = Frame.request(Transport.BUFFERS, Opcode.READ, id, read.request());
    lane.takeBuffer(
        buffer -> {
          try {
            write(buffer, id, request);
          } finally {
            request.release();
          }
        });
  }

  /** By any thread: the buffer may have come late. Null where the connection has ended. */
  private void write(RdmaBuffer buffer, long id, ByteBuf request) {
    if (buffer == null) {
      return;
    }
    ByteBuffer out = buffer.bytes();
    int length = request.readableBytes();
    if (RdmaFormat.LENGTH + length > out.remaining()) {
      buffer.release();
      boolean unused = connection.execute(() -> tooLong(id));
      return;
    }
    new RdmaFormat(RdmaFormat.REQUEST, length, id).write(out);
    out.put(request.nioBuffer());
    lane.send(buffer);
  }

  private void tooLong(long id) {
    Answer answer = answers.remove(id);
    if (answer != null) {
      port.receives().release(answer.receives);
      if (connection.isUnderWay(answer.read)) {
        connection.sendRegistered(answer.read);
      }
      ask();
    }
  }

  /** A message came; by the port's thread. */
  void received(RdmaMessage message) {
    inbox.add(message);
    if (draining.compareAndSet(false, true) && !connection.execute(this::drain)) {
      releaseInbox();
    }
  }

  private void releaseInbox() {
    RdmaMessage left = inbox.poll();
    while (left != null) {
      left.release();
      left = inbox.poll();
    }
  }

  private void drain() {
    draining.set(false);
    RdmaMessage message = inbox.poll();
    while (message != null) {
      try {
        if (!ended) {
          take(message.bytes());
        }
      } catch (ProtocolException e) {
        connection.close(AttemptException.broken(connection.name(), e));
      } finally {
        message.release();
      }
      message = inbox.poll();
    }
  }

  private void take(ByteBuffer in) throws ProtocolException {
    int length = in.remaining();
    RdmaFormat head = RdmaFormat.read(in);
    connection.heard();
    connection.counters().receivedOverRdma(length);
    Answer answer = answers.get(head.requestId());
    check(answer != null, "an answer came to a request that was not sent");
    if (head.kind() == RdmaFormat.BROKEN) {
      broken(answer, head.requestId());
      return;
    }
    check(
        (head.kind() == RdmaFormat.ANSWER) == (answer.messages == 0)
            && head.kind() != RdmaFormat.REQUEST,
        "the parts of an answer came in another order");
    if (++answer.messages == 1) {
      ByteBuffer frame = in.slice(in.position(), head.frameBytes());
      in.position(in.position() + head.frameBytes());
      if (isRefused(answer, head.requestId(), Frame.parse(frame))) {
        return;
      }
    }
    payload(answer, head.requestId(), in);
  }

  /** Takes the frame of an answer; whether it is an error, with which it ends. */
  private boolean isRefused(Answer answer, long id, Frame frame) throws ProtocolException {
    FrameHeader header = frame.header();
    check(
        header.isResponse() && header.requestId() == id && !header.hasMore(),
        "an answer has another head than was due");
    if (header.isError()) {
      ErrorReply error = frame.parse(ErrorReply.parser());
      finish(answer, id);
      if (connection.takeOut(answer.read, id)) {
        answer.read.onFailure(AttemptException.refused(connection.name(), error));
      }
      ask();
      return true;
    }
    check(
        header.opcode() == Opcode.READ.code() && header.payloadLength() == answer.read.length(),
        "an answer's payload has another length than was asked for");
    if (connection.isUnderWay(answer.read)) {
      answer.read.onReply(frame);
    }
    return false;
  }

  private void broken(Answer answer, long id) {
    finish(answer, id);
    if (connection.takeOut(answer.read, id)) {
      // It is asked for again with the word that the worker is to verify it.
      answer.read.onFailure(
          new AttemptException(
              AttemptException.Kind.BAD_CHECKSUM,
              connection.name() + " cannot read a block that it has"));
    }
    ask();
  }

  private void payload(Answer answer, long id, ByteBuffer in) throws ProtocolException {
    int count = in.remaining();
    answer.received += count;
    boolean last = answer.received == answer.read.length();
    check(
        answer.received <= answer.read.length()
            && (last || count == welcome.pieceBytes())
            && answer.messages <= answer.receives,
        "an answer has more or other pieces than were due");
    bytes.add(count);
    if (connection.isUnderWay(answer.read)) {
      connection.arrived(answer.read, count);
      ByteBuf piece = Unpooled.wrappedBuffer(in);
      try {
        answer.read.onPayload(piece);
      } finally {
        piece.release();
      }
    }
    if (last) {
      finish(answer, id);
      if (connection.takeOut(answer.read, id)) {
        answer.read.onEnd();
      }
      ask();
    }
  }

  private void finish(Answer answer, long id) {
    answers.remove(id);
    port.receives().release(answer.receives);
  }

  private static void check(boolean holds, String otherwise) throws ProtocolException {
    if (!holds) {
      throw new ProtocolException(ErrorCode.INVALID_REQUEST, otherwise);
    }
  }

  /** Nothing comes any more: what was reserved for it is free. */
  void end() {
    if (ended) {
      return;
    }
    ended = true;
    waiting.clear();
    answers.values().forEach(answer -> port.receives().release(answer.receives));
    answers.clear();
    releaseInbox();
  }

  /** The calls that wait were failed by the connection. */
  @Override
  public void close() {
    end();
    lane.close("the connection that it belongs to has ended");
  }
}
