// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

import com.google.protobuf.ByteString;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.util.ReferenceCounted;
import io.railfs.protocol.Chunks;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.Frame;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.RdmaFormat;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.LocalOffer;
import io.railfs.protocol.messages.OpenReply;
import io.railfs.protocol.messages.OpenRequest;
import io.railfs.protocol.messages.ProbeReply;
import io.railfs.protocol.messages.ProbeRequest;
import io.railfs.protocol.messages.RdmaOffer;
import io.railfs.protocol.messages.ReadReply;
import io.railfs.protocol.messages.ReadRequest;
import io.railfs.protocol.messages.Version;
import io.railfs.worker.store.Block;
import io.railfs.worker.store.BlockSource;
import io.railfs.worker.store.BlockWaiter;
import io.railfs.worker.store.SharedBlock;
import io.railfs.worker.store.disk.FileId;
import io.railfs.worker.ufs.UfsException;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection of the data service: READ, and PROBE of the network alone. A hit is answered by the
 * event loop itself.
 */
final class DataHandler extends ConnectionHandler {
  private static final Logger log = LoggerFactory.getLogger(DataHandler.class);

  private final BlockSource source;
  private final int blockSize;
  private final boolean encrypted;
  private final LocalService local;
  private final RdmaService rdma;

  /** The RDMA connection that belongs to this one; null where there is none. */
  private RdmaLane lane;

  /** Whether the client has taken it. */
  private boolean laneUp;

  /** Requests that came over RDMA and are not answered, with what they came over. */
  private final Map<Long, RdmaLane> overRdma = new HashMap<>();

  /** The Unix connection that belongs to this one; null where there is none. */
  private Channel descriptors;

  /** Descriptors that were given out there. */
  private long given;

  /** The file of the last request, for reads of one file follow each other. */
  private FileId file;

  private ByteString filePath = ByteString.EMPTY;
  private Version fileVersion = Version.getDefaultInstance();

  DataHandler(ServiceState state, RailTraffic traffic, DataBackend backend) {
    super(state, traffic);
    this.source = backend.source();
    this.blockSize = backend.blockSize();
    this.local = backend.local();
    this.rdma = backend.rdma();
    this.encrypted = state.access().trust().usesTls();
  }

  @Override
  void request(Opcode opcode, Frame frame) throws ProtocolException {
    switch (opcode) {
      case READ -> read(frame);
      case PROBE -> probe(frame);
      case OPEN -> open(frame);
      case HELLO -> helloAgain(frame);
      default -> throw unknown(opcode.code());
    }
  }

  private void probe(Frame frame) throws ProtocolException {
    ByteBuf payload = ProbeMemory.slice(frame.parse(ProbeRequest.parser()).getLength());
    int length = payload.readableBytes();
    long id = frame.header().requestId();
    ProbeReply reply = ProbeReply.getDefaultInstance();
    head(Frame.reply(context().alloc(), Opcode.PROBE, id, reply, false, length));
    traffic().sent(length);
    last(payload);
  }

  private void read(Frame frame) throws ProtocolException {
    ReadRequest read = frame.parse(ReadRequest.parser());
    FileId id = file(read.getPath(), read.getVersion());
    check(read, id.version().size());
    long requestId = frame.header().requestId();
    int index = (int) (read.getOffset() / blockSize);
    int start = (int) (read.getOffset() % blockSize);
    if (!read.getSuspect()) {
      Block block = source.peek(id, index);
      if (block != null) {
        send(requestId, block, start, read.getLength());
        return;
      }
    }
    Waiter waiter = new Waiter(frame, id, start, read.getLength());
    if (read.getSuspect()) {
      source.openVerified(id, index, start, read.getLength(), waiter);
    } else {
      source.open(id, index, start, read.getLength(), waiter);
    }
  }

  private FileId file(ByteString name, Version wanted) throws ProtocolException {
    if (file == null || !filePath.equals(name) || !fileVersion.equals(wanted)) {
      FileVersion version = FileVersion.of(wanted);
      if (version.size() < 0 || version.etag().length() > FileVersion.MAX_ETAG_LENGTH) {
        throw invalid("the version is not valid");
      }
      RailPath path = RailPath.of(name);
      grant().requireAllowed(path);
      file = file(path, version);
      filePath = name;
      fileVersion = wanted;
    }
    return file;
  }

  private FileId file(RailPath path, FileVersion version) throws ProtocolException {
    try {
      return source.file(path, version);
    } catch (UfsException e) {
      throw new ProtocolException(e.code(), e.getMessage());
    }
  }

  private void check(ReadRequest read, long fileSize) throws ProtocolException {
    long offset = read.getOffset();
    int length = read.getLength();
    if (offset < 0 || length <= 0 || offset > fileSize - length) {
      throw invalid("the read is not inside the file");
    }
    boolean toEnd = offset + length == fileSize;
    if (offset % Chunks.SIZE != 0 || (length % Chunks.SIZE != 0 && !toEnd)) {
      throw invalid("offset or length is not a multiple of " + Chunks.SIZE);
    }
    if (offset / blockSize != (offset + length - 1) / blockSize) {
      throw invalid("the read crosses the end of a block of " + blockSize);
    }
    if (offset / blockSize > Integer.MAX_VALUE) {
      throw invalid("the file is too large");
    }
  }

  private static ProtocolException invalid(String sentence) {
    return new ProtocolException(ErrorCode.INVALID_REQUEST, sentence);
  }

  /** A request came over the RDMA connection. */
  void requestOverRdma(RdmaLane from, Frame frame) {
    long id = frame.header().requestId();
    int opcode = frame.header().opcode();
    if (from != lane || !context().channel().isActive()) {
      return;
    }
    if (overRdma.putIfAbsent(id, from) != null) {
      from.close("the client has two requests of one number under way");
      return;
    }
    began();
    try {
      if (opcode != Opcode.READ.code()) {
        throw unknown(opcode);
      }
      read(frame);
    } catch (ProtocolException e) {
      fail(opcode, id, e.code(), e.getMessage());
    }
  }

  /** What came over the RDMA connection was answered, or cannot be any more. */
  void answeredOverRdma() {
    answered();
  }

  @Override
  void error(long requestId, ByteBuf frame) {
    RdmaLane from = overRdma.remove(requestId);
    if (from != null) {
      from.answer(requestId, frame);
    } else {
      super.error(requestId, frame);
    }
  }

  @Override
  RdmaOffer rdmaOffer() {
    return rdma.offer(this);
  }

  /** An RDMA connection that belongs to this one is being made. By this connection's event loop. */
  void attach(RdmaLane connection) {
    RdmaLane other = lane;
    lane = connection;
    laneUp = false;
    if (other != null) {
      other.close("another one takes its place");
    }
  }

  /** It is there. By this connection's event loop. */
  void confirm(RdmaLane connection) {
    if (lane != connection || !context().channel().isActive()) {
      connection.close("the connection that it belongs to has ended");
    } else {
      laneUp = true;
    }
  }

  /** It could not be made. By this connection's event loop. */
  void forget(RdmaLane connection) {
    if (lane == connection) {
      lane = null;
    }
  }

  /** The RDMA connection has ended, and this one with it. By this connection's event loop. */
  void detach(RdmaLane connection, String reason) {
    if (lane == connection && !laneUp) {
      // The client has given it up before it was there, and may go on over TCP.
      lane = null;
    } else if (lane == connection) {
      log.debug("{}: the RDMA connection ended: {}", context().channel().remoteAddress(), reason);
      ChannelFuture unused = context().close();
    }
  }

  /** Takes over a reference of the block. */
  private void send(long requestId, Block block, int start, int length) {
    ReadReply.Builder reply = ReadReply.newBuilder();
    int first = start / Chunks.SIZE;
    int count = Chunks.count(length);
    for (int chunk = first; chunk < first + count; chunk++) {
      reply.addChunkCrc32C(block.chunkCrc(chunk));
    }
    if (overRdma.containsKey(requestId) && length > RdmaFormat.MAX_PAYLOAD) {
      block.release();
      ProtocolException refusal = invalid("the read is too long for RDMA; ask over TCP");
      fail(Opcode.READ.code(), requestId, refusal.code(), refusal.getMessage());
      return;
    }
    RdmaLane from = overRdma.remove(requestId);
    if (from != null) {
      ByteBuf head =
          Frame.reply(context().alloc(), Opcode.READ, requestId, reply.build(), false, length);
      from.answer(requestId, head, block, start, length);
      return;
    }
    ReferenceCounted payload =
        encrypted ? block.input(start, length) : block.payload(context().alloc(), start, length);
    // What comes from a file or a load's own buffer takes no further memory.
    boolean copied = payload instanceof ByteBuf;
    if (copied && !reserve(length)) {
      payload.release();
      ProtocolException busy = shortOfMemory();
      fail(Opcode.READ.code(), requestId, busy.code(), busy.getMessage());
      return;
    }
    head(Frame.reply(context().alloc(), Opcode.READ, requestId, reply.build(), false, length));
    traffic().sent(length);
    if (copied) {
      lastReserved((ByteBuf) payload);
    } else {
      last(payload);
    }
  }

  @Override
  LocalOffer offer(String host) {
    return local.offer(this, host);
  }

  /** The Unix connection that belongs to this one was let in. By this connection's event loop. */
  void attach(Channel connection) {
    if (descriptors != null) {
      LocalService.close(descriptors);
    }
    descriptors = connection;
    given = 0;
  }

  /** The Unix connection has ended. By this connection's event loop. */
  void detach(Channel connection) {
    if (descriptors == connection) {
      descriptors = null;
    }
  }

  private void open(Frame frame) throws ProtocolException {
    OpenRequest open = frame.parse(OpenRequest.parser());
    FileId id = file(open.getPath(), open.getVersion());
    int index = open.getBlock();
    if (index < 0 || (long) index * blockSize >= id.version().size()) {
      throw invalid("the block is not inside the file");
    }
    local.read(open.getReadBytes());
    Channel to = descriptors;
    if (to == null) {
      opened(frame.header().requestId(), null);
      return;
    }
    PendingRequest pending = new PendingRequest(this, Opcode.OPEN, frame, id.path());
    source.share(
        id,
        index,
        shared -> {
          pending.settle();
          pending.onLoop(() -> opened(pending, to, shared), () -> LocalService.close(shared));
        });
  }

  private void opened(PendingRequest pending, Channel to, SharedBlock shared) {
    if (!pending.end()) {
      LocalService.close(shared);
    } else if (descriptors == to) {
      opened(pending.requestId(), shared);
    } else {
      // The client asked for it to come over a Unix connection that has ended.
      LocalService.close(shared);
      opened(pending.requestId(), null);
    }
  }

  /** Takes over the descriptor of the block, null where there is none. */
  private void opened(long requestId, SharedBlock shared) {
    OpenReply.Builder reply = OpenReply.newBuilder();
    if (shared != null && descriptors != null) {
      local.give(descriptors, shared);
      reply.setNumber(++given);
      for (int crc : shared.chunkCrcs()) {
        reply.addChunkCrc32C(crc);
      }
    } else {
      LocalService.close(shared);
    }
    last(Frame.reply(context().alloc(), Opcode.OPEN, requestId, reply.build(), false, 0));
  }

  @Override
  void ended() {
    // Waiters see for themselves that the connection has gone.
    local.withdraw(this);
    rdma.withdraw(this);
    if (lane != null) {
      lane.close("the connection that it belongs to has ended");
    }
    if (descriptors != null) {
      LocalService.close(descriptors);
    }
  }

  /** A read that waits for its block. */
  private final class Waiter implements BlockWaiter {
    private final PendingRequest pending;
    private final int start;
    private final int length;

    Waiter(Frame frame, FileId id, int start, int length) throws ProtocolException {
      this.pending = new PendingRequest(DataHandler.this, Opcode.READ, frame, id.path());
      this.start = start;
      this.length = length;
    }

    @Override
    public void ready(Block block) {
      pending.settle();
      pending.onLoop(
          () -> {
            if (pending.end()) {
              send(pending.requestId(), block, start, length);
            } else {
              block.release();
            }
          },
          block::release);
    }

    @Override
    public void failed(UfsException cause) {
      pending.fail(cause);
    }
  }
}
