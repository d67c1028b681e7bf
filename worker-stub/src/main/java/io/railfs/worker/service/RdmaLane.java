// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.railfs.fabric.FabricException;
import io.railfs.fabric.rdma.RdmaBuffer;
import io.railfs.fabric.rdma.RdmaConnection;
import io.railfs.fabric.rdma.RdmaHandler;
import io.railfs.fabric.rdma.RdmaMessage;
import io.railfs.fabric.rdma.RdmaRequest;
import io.railfs.protocol.Frame;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RdmaFormat;
import io.railfs.worker.store.Block;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The RDMA connection that belongs to one of the data service: brings its requests, takes its
 * answers. What is read from a block goes into registered memory as a piece of it comes free, on
 * the event loop of the data connection.
 */
final class RdmaLane implements RdmaHandler {
  private static final Logger log = LoggerFactory.getLogger(RdmaLane.class);

  private final DataHandler data;
  private final EventLoop loop;
  private final RailTraffic traffic;
  private final RdmaFormat.Welcome welcome;
  private final AtomicInteger underWay = new AtomicInteger();
  private volatile RdmaConnection connection;

  /** Whether the data connection knows that it is there; of the port's threads. */
  private final AtomicBoolean confirmed = new AtomicBoolean();

  RdmaLane(DataHandler data, RailTraffic traffic, RdmaFormat.Welcome welcome) {
    this.data = requireNonNull(data, "data is null");
    this.loop = data.context().channel().eventLoop();
    this.traffic = requireNonNull(traffic, "traffic is null");
    this.welcome = requireNonNull(welcome, "welcome is null");
  }

  /** Takes the connection that a client asks for. */
  void accept(RdmaRequest request) {
    // Before the client hears of it, who asks at once.
    onLoop(() -> data.attach(this));
    try {
      RdmaConnection unused =
          request.accept(
              welcome.encode(),
              made -> {
                connection = made;
                return this;
              });
    } catch (FabricException e) {
      log.debug("an RDMA connection could not be made", e);
      onLoop(() -> data.forget(this));
    }
  }

  @Override
  public void established(byte[] nothing) {
    confirm();
  }

  private void confirm() {
    if (confirmed.compareAndSet(false, true)) {
      onLoop(() -> data.confirm(this));
    }
  }

  @Override
  public void received(RdmaMessage message) {
    // A message may overtake the event that says that the connection is there.
    confirm();
    Frame frame;
    try {
      ByteBuffer bytes = message.bytes();
      traffic.received(bytes.remaining());
      RdmaFormat head = RdmaFormat.read(bytes);
      if (head.kind() != RdmaFormat.REQUEST || head.frameBytes() != bytes.remaining()) {
        close("the client sent something else than a request");
        return;
      }
      frame = Frame.parse(bytes);
      if (frame.header().requestId() != head.requestId() || frame.header().payloadLength() != 0) {
        close("the client sent a request with a wrong head");
        return;
      }
    } catch (ProtocolException e) {
      close("the client broke the protocol: " + e.getMessage());
      return;
    } finally {
      message.release();
    }
    if (underWay.incrementAndGet() > welcome.requests()) {
      close("the client has more requests under way than it may");
      return;
    }
    onLoop(() -> data.requestOverRdma(this, frame));
  }

  @Override
  public void closed(String reason) {
    onLoop(() -> data.detach(this, reason));
  }

  private void onLoop(Runnable task) {
    try {
      loop.execute(task);
    } catch (RejectedExecutionException e) {
      log.debug("a message over RDMA came when the worker was stopping");
    }
  }

  void close(String reason) {
    RdmaConnection open = connection;
    if (open != null) {
      open.close(reason);
    }
  }

  /** Sends a frame without payload, as the answer to a request. Takes it over. */
  void answer(long requestId, ByteBuf frame) {
    new Answer(requestId, frame, null, 0, 0).next();
  }

  /**
   * Sends the answer to a request. Takes over frame and block.
   *
   * @param start of the payload in the block
   * @param length of the payload
   */
  void answer(long requestId, ByteBuf frame, Block block, int start, int length) {
    traffic.sent(length);
    new Answer(requestId, frame, block, start, length).next();
  }

  /** An answer that is being sent, piece by piece. On the event loop. */
  private final class Answer {
    private final long requestId;
    private final ByteBuf frame;
    private final Block block;
    private final int start;
    private final int length;
    private int sent;

    Answer(long requestId, ByteBuf frame, Block block, int start, int length) {
      this.requestId = requestId;
      this.frame = frame;
      this.block = block;
      this.start = start;
      this.length = length;
    }

    void next() {
      connection.takeBuffer(
          buffer -> {
            if (loop.inEventLoop()) {
              take(buffer);
              return;
            }
            try {
              loop.execute(() -> take(buffer));
            } catch (RejectedExecutionException e) {
              if (buffer != null) {
                buffer.release();
              }
              end();
            }
          });
    }

    /**
     * @param buffer null where the connection has ended
     */
    private void take(RdmaBuffer buffer) {
      if (buffer == null) {
        end();
        return;
      }
      int count = Math.min(welcome.pieceBytes(), length - sent);
      boolean last = sent + count == length;
      try {
        write(buffer.bytes(), count);
      } catch (IOException e) {
        log.warn("a block cannot be read for a client, which will have it verified", e);
        buffer.bytes().clear();
        new RdmaFormat(RdmaFormat.BROKEN, 0, requestId).write(buffer.bytes());
        last = true;
      }
      if (last) {
        // Before the client has it, who may send the next request at once.
        underWay.decrementAndGet();
      }
      connection.send(buffer);
      sent += count;
      if (last) {
        release();
      } else {
        next();
      }
    }

    private void write(ByteBuffer out, int count) throws IOException {
      boolean first = sent == 0;
      int frameBytes = first ? frame.readableBytes() : 0;
      new RdmaFormat(first ? RdmaFormat.ANSWER : RdmaFormat.MORE, frameBytes, requestId).write(out);
      if (first) {
        out.put(frame.nioBuffer());
      }
      if (count > 0) {
        out.limit(out.position() + count);
        block.read(out, start + sent);
      }
    }

    private void end() {
      underWay.decrementAndGet();
      release();
    }

    private void release() {
      frame.release();
      if (block != null) {
        block.release();
      }
      data.answeredOverRdma();
    }
  }
}
