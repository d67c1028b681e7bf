// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.netty.channel.ChannelHandlerContext;
import io.railfs.protocol.Frame;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.BlockSet;
import io.railfs.protocol.messages.CheckRequest;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.FreeRequest;
import io.railfs.protocol.messages.ListRequest;
import io.railfs.protocol.messages.LoadRequest;
import io.railfs.protocol.messages.PinRequest;
import io.railfs.protocol.messages.StatFsReply;
import io.railfs.protocol.messages.StatReply;
import io.railfs.protocol.messages.StatRequest;
import io.railfs.protocol.messages.StatusReply;
import io.railfs.protocol.messages.UnpinRequest;
import io.railfs.protocol.messages.Xattr;
import io.railfs.protocol.messages.XattrReply;
import io.railfs.protocol.messages.XattrRequest;
import io.railfs.worker.listings.Parts;
import io.railfs.worker.listings.RememberedListings;
import io.railfs.worker.service.BlockRequests.Blocks;
import io.railfs.worker.tasks.TaskPool;
import io.railfs.worker.ufs.Ufs;
import io.railfs.worker.ufs.UfsException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A connection of the rpc service: names, attributes, space, status, and what the store holds. */
final class RpcHandler extends ConnectionHandler {
  private static final Logger log = LoggerFactory.getLogger(RpcHandler.class);

  private final Ufs ufs;
  private final TaskPool pool;

  /** For what the UFS is not asked for, so that its silence is nobody else's. */
  private final TaskPool ownPool;

  private final Supplier<StatusReply> status;
  private final BlockRequests store;
  private final RememberedListings remembered;

  /** Listings of one connection at once; each may hold a descriptor. */
  private static final int MAX_LISTINGS = 64;

  private final AtomicInteger listings = new AtomicInteger();

  /** Listings that wait until the connection takes more. */
  private final Set<ListStream> waiting = new LinkedHashSet<>();

  RpcHandler(ServiceState state, RailTraffic traffic, RpcBackend backend, BlockRequests store) {
    super(state, traffic);
    this.ufs = backend.ufs();
    this.pool = backend.pool();
    this.ownPool = backend.ownPool();
    this.status = backend.status();
    this.remembered = backend.listings();
    this.store = requireNonNull(store, "store is null");
  }

  @Override
  void request(Opcode opcode, Frame frame) throws ProtocolException {
    switch (opcode) {
      case STAT -> {
        RailPath path = visible(frame.parse(StatRequest.parser()).getPath());
        answer(frame, opcode, path, () -> stat(path));
      }
      case XATTR -> {
        RailPath path = visible(frame.parse(XattrRequest.parser()).getPath());
        answer(frame, opcode, path, () -> xattrs(path));
      }
      case STATFS -> answer(frame, opcode, RailPath.ROOT, this::space);
      case STATUS -> answer(frame, opcode, RailPath.ROOT, this::status);
      case LIST -> {
        ListRequest request = frame.parse(ListRequest.parser());
        RailPath path = visible(request.getPath());
        list(pending(frame, opcode, path), path, request);
      }
      case LOAD -> load(frame, frame.parse(LoadRequest.parser()));
      case FREE -> {
        Blocks blocks = blocks(frame.parse(FreeRequest.parser()).getBlocks());
        answer(frame, opcode, blocks.path(), () -> store.free(blocks));
      }
      case CHECK -> {
        Blocks blocks = blocks(frame.parse(CheckRequest.parser()).getBlocks());
        answer(frame, opcode, blocks.path(), () -> store.check(blocks));
      }
      case PIN -> {
        Blocks blocks = blocks(frame.parse(PinRequest.parser()).getBlocks());
        answer(frame, opcode, blocks.path(), () -> store.pin(blocks));
      }
      case UNPIN -> unpin(frame, frame.parse(UnpinRequest.parser()));
      case HELLO -> helloAgain(frame);
      default -> throw unknown(opcode.code());
    }
  }

  @Override
  void sending(int bytes) {
    traffic().sent(bytes);
  }

  private void list(PendingRequest pending, RailPath path, ListRequest request) {
    if (listings.get() < MAX_LISTINGS && state().budgets().listings().take(1)) {
      listings.incrementAndGet();
      Parts parts =
          remembered.open(
              path,
              grant().shownIn(path),
              millis(request.getMaxAgeMillis()),
              millis(request.getSinceMillis()));
      new ListStream(this, pending, pool, parts, path.toString(), request.getMaxEntries()).next();
    } else {
      pending.fail(ErrorCode.BUSY, "the worker has too many listings under way; try again");
    }
  }

  /** Of an unsigned number; what is longer than a day is as good as for ever. */
  private static long millis(long unsigned) {
    long most = TimeUnit.DAYS.toMillis(1);
    return unsigned < 0 ? most : Math.min(unsigned, most);
  }

  /** By any thread: a listing that was begun holds nothing any more. */
  void listed() {
    listings.decrementAndGet();
    state().budgets().listings().give(1);
  }

  private RailPath visible(ByteString path) throws ProtocolException {
    return grant().requireVisible(RailPath.of(path));
  }

  private Blocks blocks(BlockSet set) throws ProtocolException {
    Blocks blocks = store.blocks(set);
    grant().requireAllowed(blocks.path());
    return blocks;
  }

  private void unpin(Frame frame, UnpinRequest request) throws ProtocolException {
    if (request.getAll() && !grant().isAll()) {
      throw new ProtocolException(
          ErrorCode.ACCESS_DENIED, "this client may not read everything, nor unpin it");
    } else if (request.getAll()) {
      answer(frame, Opcode.UNPIN, RailPath.ROOT, store::unpinAll);
    } else {
      Blocks blocks = blocks(request.getBlocks());
      answer(frame, Opcode.UNPIN, blocks.path(), () -> store.unpin(blocks));
    }
  }

  private void load(Frame frame, LoadRequest request) throws ProtocolException {
    Blocks blocks = blocks(request.getBlocks());
    PendingRequest pending = pending(frame, Opcode.LOAD, blocks.path());
    execute(
        pending,
        blocks.path(),
        () ->
            store.load(
                blocks,
                request.getPin(),
                answer -> reply(pending, answer),
                cause -> pending.fail(cause)));
  }

  private PendingRequest pending(Frame frame, Opcode opcode, RailPath path)
      throws ProtocolException {
    return new PendingRequest(this, opcode, frame, path);
  }

  private interface Request {
    MessageLite ask() throws UfsException;
  }

  private void answer(Frame frame, Opcode opcode, RailPath path, Request request)
      throws ProtocolException {
    PendingRequest pending = pending(frame, opcode, path);
    execute(pending, path, () -> reply(pending, request.ask()));
  }

  private void reply(PendingRequest pending, MessageLite answer) {
    pending.reply(
        Frame.reply(context().alloc(), pending.opcode(), pending.requestId(), answer, false, 0));
  }

  private interface Work {
    void run() throws UfsException;
  }

  private void execute(PendingRequest pending, RailPath path, Work work) {
    boolean accepted =
        poolOf(pending.opcode())
            .tryExecute(
                () -> {
                  try {
                    work.run();
                  } catch (UfsException e) {
                    pending.fail(e);
                  } catch (RuntimeException | Error e) {
                    pending.fail(broken(path.toString(), e));
                  }
                });
    if (!accepted) {
      pending.fail(ErrorCode.BUSY, "the worker has too many requests waiting; try again");
    }
  }

  private TaskPool poolOf(Opcode opcode) {
    return switch (opcode) {
      case STATUS, LOAD, FREE, CHECK, PIN, UNPIN -> ownPool;
      default -> pool;
    };
  }

  static UfsException broken(String subject, Throwable cause) {
    log.error("a request about {} failed; the client gets an error", subject, cause);
    return new UfsException(
        ErrorCode.WORKER_FAILED, "the worker failed at '" + subject + "'; see its log", cause);
  }

  private MessageLite stat(RailPath path) throws UfsException {
    return StatReply.newBuilder().setAttributes(ufs.stat(path).toMessage()).build();
  }

  private MessageLite xattrs(RailPath path) throws UfsException {
    XattrReply.Builder reply = XattrReply.newBuilder();
    Map<ByteString, ByteString> attributes = grant().allows(path) ? ufs.xattrs(path) : Map.of();
    attributes.forEach(
        (name, value) -> reply.addAttributes(Xattr.newBuilder().setName(name).setValue(value)));
    return reply.build();
  }

  /** A client that may not read everything does not learn where it is either. */
  private MessageLite status() {
    StatusReply reply = status.get();
    return grant().isAll()
        ? reply
        : reply.toBuilder().clearUfs().clearUfsStates().clearDirectories().build();
  }

  private MessageLite space() throws UfsException {
    Ufs.Space space = ufs.space();
    return StatFsReply.newBuilder()
        .setTotalBytes(space.total())
        .setFreeBytes(space.free())
        .setAvailableBytes(space.available())
        .build();
  }

  /** A listing wrote a part and goes on when the connection takes more. */
  void waits(ListStream stream) {
    waiting.add(stream);
  }

  void waitsNoMore(ListStream stream) {
    waiting.remove(stream);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    super.channelWritabilityChanged(ctx);
    resumeAll();
  }

  @Override
  void ended() {
    resumeAll();
  }

  private void resumeAll() {
    List<ListStream> streams = new ArrayList<>(waiting);
    waiting.clear();
    for (ListStream stream : streams) {
      if (stream.resume()) {
        waiting.add(stream);
      }
    }
  }
}
