package io.railfs.worker.service;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import io.netty.buffer.ByteBuf;
import io.railfs.protocol.Frame;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.DirectoryEntry;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.ListReply;
import io.railfs.worker.tasks.TaskPool;
import io.railfs.worker.ufs.Listing;
import io.railfs.worker.ufs.Ufs;
import io.railfs.worker.ufs.UfsException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A listing on its way to a client: a part is read by a pool thread and written by the event loop,
 * and the next part is read only while the connection takes more. So a directory of any size needs
 * the memory of a few parts.
 *
 * <pre>
 *   reading (pool) --part--> writing (loop) --writable--> reading
 *                                  |   \--not writable--> waiting --resume()--> reading
 *                                  \--last part, error, connection gone--> closed
 * </pre>
 */
final class ListStream {
  /** A part is full at this many entries or bytes, whichever comes first. */
  private static final int PART_ENTRIES = 2_000;

  private static final int PART_BYTES = 512 << 10;

  private final RpcHandler connection;
  private final Exchange exchange;
  private final Ufs ufs;
  private final TaskPool pool;
  private final RailPath path;
  private final Optional<Set<ByteString>> shown;

  /** Used by one pool thread at a time, and by the loop between their turns. */
  private Listing listing;

  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * @param shown names that the client may see; empty for all
   */
  ListStream(
      RpcHandler connection,
      Exchange exchange,
      Ufs ufs,
      TaskPool pool,
      RailPath path,
      Optional<Set<ByteString>> shown) {
    this.connection = requireNonNull(connection, "connection is null");
    this.exchange = exchange;
    this.ufs = ufs;
    this.pool = pool;
    this.path = path;
    this.shown = shown;
  }

  /** By the event loop: reads the next part. */
  void next() {
    if (!pool.tryExecute(this::readPart)) {
      close();
      exchange.fail(ErrorCode.BUSY, "the worker has too many requests waiting; try again");
    }
  }

  /**
   * By the event loop, when the connection takes more or has ended. Whether the listing still
   * waits.
   */
  boolean resume() {
    if (exchange.isEnded()) {
      close();
      return false;
    }
    if (!connection.context().channel().isWritable()) {
      return true;
    }
    exchange.startTimer();
    next();
    return false;
  }

  /** By a pool thread. */
  private void readPart() {
    if (!connection.context().channel().isActive()) {
      close();
      return;
    }
    try {
      if (listing == null) {
        listing = ufs.list(path);
      }
      ListReply.Builder part = ListReply.newBuilder();
      boolean more = fill(part);
      ByteBuf frame =
          Frame.reply(
              connection.context().alloc(),
              Opcode.LIST,
              exchange.requestId(),
              part.build(),
              more,
              0);
      hand(frame, more);
    } catch (UfsException e) {
      close();
      exchange.fail(e);
    } catch (RuntimeException e) {
      close();
      exchange.fail(RpcHandler.broken(path.toString(), e));
    }
  }

  /** Whether entries are left. */
  private boolean fill(ListReply.Builder part) throws UfsException {
    int bytes = 0;
    while (part.getEntriesCount() < PART_ENTRIES && bytes < PART_BYTES) {
      Listing.Entry entry = listing.next();
      if (entry == null) {
        return false;
      }
      if (shown.isPresent() && !shown.get().contains(entry.name())) {
        continue;
      }
      DirectoryEntry message =
          DirectoryEntry.newBuilder()
              .setName(entry.name())
              .setAttributes(entry.attributes().toMessage())
              .build();
      bytes += message.getSerializedSize();
      part.addEntries(message);
    }
    return true;
  }

  private void hand(ByteBuf frame, boolean more) {
    exchange.onLoop(
        () -> write(frame, more),
        () -> {
          frame.release();
          close();
        });
  }

  /** By the event loop. */
  private void write(ByteBuf frame, boolean more) {
    if (exchange.isEnded()) {
      frame.release();
      close();
    } else if (!more) {
      close();
      exchange.end();
      connection.answer(Opcode.LIST.code(), exchange.requestId(), frame);
    } else if (!connection.reserve(frame.readableBytes())) {
      frame.release();
      close();
      exchange.fail(ErrorCode.BUSY, ConnectionHandler.shortOfMemory().getMessage());
    } else {
      exchange.stopTimer();
      connection.part(frame);
      if (resume()) {
        connection.waits(this);
      }
    }
  }

  private void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    try {
      if (listing != null) {
        listing.close();
      }
    } finally {
      connection.listed();
      exchange.settle();
    }
  }
}
