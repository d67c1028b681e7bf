// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.net;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.FastThreadLocalThread;
import io.railfs.client.TransportKind;
import io.railfs.fabric.Transport;
import io.railfs.fabric.local.SharedFile;
import io.railfs.protocol.Chunks;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.OpenReply;
import io.railfs.protocol.messages.OpenRequest;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongPredicate;

/**
 * The bytes of blocks out of the files that a worker on this host lends (docs/adr/0023).
 *
 * <pre>
 *   fetch --lent--> in the thread that fetches, where the bytes are in memory --> the read ends
 *     |                   |
 *     |                   +--a disk has to be waited for--> registered; a disk thread reads into a
 *     |                                                     buffer, the event loop takes it over
 *     +--not lent--> registered; OPEN asks for the block, once however many reads wait
 *                         |--its descriptor came--> as above
 *                         +--the store does not have it, as it is loaded--> READ, over TCP
 * </pre>
 *
 * <p>A read that is registered has its deadline on the connection, like one over TCP. One that is
 * not belongs to the thread that copies, which never waits: it reads with RWF_NOWAIT. Only a thread
 * that copies writes into a page; one that waits for a disk has a buffer of its own, as nobody can
 * end its read.
 *
 * <p>Everything but {@link #fetch} and {@link #readNow} happens on the connection's event loop.
 */
final class LocalBlocks implements BlockTransport {
  /** What an event loop may copy itself: a wake-up of another thread takes longer. */
  private static final int SMALL = 64 << 10;

  /** Files whose one block is sent in less time than it takes to lend it. */
  private static final int SMALL_FILE = 64 << 10;

  /** Blocks asked for at once; what a Unix socket holds of descriptors is some hundreds. */
  private static final int MAX_OPENS = 64;

  /** Descriptors that may be here before the word of what they are. */
  private static final int MAX_EARLY = 2 * MAX_OPENS;

  /** For how long a block is lent. */
  static final long LENT_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** How much later than the word of it a descriptor may come. */
  private static final long DESCRIPTOR_MILLIS = 1_000;

  private final Connection connection;
  private final LocalSide side;
  private final Object worker;
  private final int blockSize;
  private final Lost lost;
  private final Map<WorkerBlock, List<BlockRead>> waiting = new HashMap<>();
  private final Queue<WorkerBlock> unasked = new ArrayDeque<>();
  private final Map<Long, Opened> opened = new HashMap<>();
  private final Map<Long, FileDescriptor> early = new HashMap<>();
  private final LongAdder bytes = new LongAdder();
  private long reported;
  private int asked;
  private long announced;
  private long arrived;
  private boolean ended;

  /** Takes note of the end of the Unix connection's use. */
  interface Lost {
    /** By the event loop, perhaps several times. */
    void lost(String reason);
  }

  /** What a reply has said of a descriptor that has not come. */
  private record Opened(WorkerBlock key, OpenReply reply) {}

  /**
   * @param worker whatever stands for it, the same for all its connections
   * @param blockSize of the worker
   */
  LocalBlocks(Connection connection, LocalSide side, Object worker, int blockSize, Lost lost) {
    this.connection = requireNonNull(connection, "connection is null");
    this.side = requireNonNull(side, "side is null");
    this.worker = requireNonNull(worker, "worker is null");
    this.blockSize = blockSize;
    this.lost = requireNonNull(lost, "lost is null");
  }

  @Override
  public TransportKind kind() {
    return TransportKind.LOCAL;
  }

  @Override
  public long bytes() {
    return bytes.sum();
  }

  @Override
  public void fetch(BlockRead read) {
    // Of a suspect block the worker is to look at its file before anybody reads it again.
    if (read.isSuspect() || read.fetch().version().size() <= SMALL_FILE) {
      connection.send(read);
      return;
    }
    LentBlock lent = side.lent().find(key(read));
    if (lent == null) {
      connection.announce(read);
      if (!connection.execute(() -> await(read))) {
        read.onFailure(closed());
      }
    } else if (read.length() > SMALL && isNettyThread()) {
      copyElsewhere(read, lent);
    } else {
      readNow(read, lent);
    }
  }

  /** Of an event loop, or of this class's own. */
  private static boolean isNettyThread() {
    return Thread.currentThread() instanceof FastThreadLocalThread;
  }

  private WorkerBlock key(BlockRead read) {
    return new WorkerBlock(
        worker, read.fetch().path(), read.fetch().version(), read.offset() / blockSize);
  }

  private static AttemptException closed() {
    return new AttemptException(AttemptException.Kind.CLOSED, "the client was closed");
  }

  /** Registers a read until its block is lent. */
  private void await(BlockRead read) {
    if (!connection.register(read)) {
      return;
    }
    if (ended) {
      connection.sendRegistered(read);
      return;
    }
    WorkerBlock key = key(read);
    List<BlockRead> others = waiting.get(key);
    if (others != null) {
      others.add(read);
      return;
    }
    LentBlock lent = side.lent().find(key);
    if (lent != null) {
      begin(read, lent);
      return;
    }
    List<BlockRead> first = new ArrayList<>(4);
    first.add(read);
    waiting.put(key, first);
    unasked.add(key);
    ask();
  }

  private void ask() {
    while (asked < MAX_OPENS && !unasked.isEmpty()) {
      WorkerBlock key = unasked.remove();
      asked++;
      long deadline =
          System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(connection.attemptTimeoutMillis());
      OpenRequest request =
          OpenRequest.newBuilder()
              .setPath(key.path().toByteString())
              .setVersion(key.version().toMessage())
              .setBlock((int) key.index())
              .setReadBytes(unreported())
              .build();
      connection.send(
          new UnaryCall<>(
              Opcode.OPEN,
              request,
              deadline,
              frame -> checked(key, frame.parse(OpenReply.parser())),
              (reply, cause) -> answered(key, reply)));
    }
  }

  private long unreported() {
    long all = bytes.sum();
    long since = all - reported;
    reported = all;
    return since;
  }

  private OpenReply checked(WorkerBlock key, OpenReply reply) throws ProtocolException {
    if (ended || reply.getNumber() == 0) {
      // Of another Unix connection, perhaps, whose descriptors are counted from 1 again.
      return reply;
    }
    int chunks = Chunks.count(Chunks.blockLength(key.version().size(), blockSize, key.index()));
    if (reply.getNumber() <= announced || reply.getChunkCrc32CCount() != chunks) {
      throw new ProtocolException(
          ErrorCode.INVALID_REQUEST,
          "descriptor %d with %d checksums came behind descriptor %d, where %d checksums were due"
              .formatted(reply.getNumber(), reply.getChunkCrc32CCount(), announced, chunks));
    }
    announced = reply.getNumber();
    releaseEarly(number -> number < announced);
    return reply;
  }

  /** Those whose reply came too late to be taken, so that nobody knows what they are. */
  private void releaseEarly(LongPredicate which) {
    early
        .entrySet()
        .removeIf(
            one -> {
              boolean gone = which.test(one.getKey());
              if (gone) {
                release(one.getValue());
              }
              return gone;
            });
  }

  private void answered(WorkerBlock key, OpenReply reply) {
    if (ended || reply == null || reply.getNumber() == 0) {
      // Where the worker refuses, READ is refused too, and its reason counts.
      asked--;
      overTcp(key);
      ask();
      return;
    }
    long number = reply.getNumber();
    Opened block = new Opened(key, reply);
    FileDescriptor descriptor = early.remove(number);
    if (descriptor != null) {
      lent(block, descriptor);
    } else {
      opened.put(number, block);
      connection.schedule(() -> overdue(number), DESCRIPTOR_MILLIS);
    }
  }

  private void overdue(long number) {
    if (!ended && opened.containsKey(number)) {
      lost.lost("the worker has announced a descriptor that did not come");
    }
  }

  /** The next descriptor came over the Unix connection. */
  void received(FileDescriptor descriptor) {
    if (ended) {
      release(descriptor);
      return;
    }
    long number = ++arrived;
    Opened block = opened.remove(number);
    if (block != null) {
      lent(block, descriptor);
    } else if (number <= announced) {
      // Its reply came too late to be taken.
      release(descriptor);
    } else if (early.size() < MAX_EARLY) {
      early.put(number, descriptor);
    } else {
      release(descriptor);
      lost.lost("the worker sends descriptors that nobody has asked for");
    }
  }

  private void release(FileDescriptor descriptor) {
    new SharedFile(descriptor, side.disks()).release();
  }

  private void lent(Opened block, FileDescriptor descriptor) {
    asked--;
    SharedFile file = new SharedFile(descriptor, side.disks());
    LentBlock lent =
        new LentBlock(block.key, file, crcs(block.reply), System.nanoTime() + LENT_NANOS);
    side.lent().keep(lent);
    for (BlockRead read : taken(block.key)) {
      if (connection.isUnderWay(read) && file.tryRetain()) {
        begin(read, lent);
      } else {
        boolean unused = connection.takeOut(read, read.id());
      }
    }
    file.release();
    ask();
  }

  private static int[] crcs(OpenReply reply) {
    int[] crcs = new int[reply.getChunkCrc32CCount()];
    for (int i = 0; i < crcs.length; i++) {
      crcs[i] = reply.getChunkCrc32C(i);
    }
    return crcs;
  }

  private List<BlockRead> taken(WorkerBlock key) {
    List<BlockRead> reads = waiting.remove(key);
    return reads == null ? List.of() : reads;
  }

  private void overTcp(WorkerBlock key) {
    for (BlockRead read : taken(key)) {
      if (connection.isUnderWay(read)) {
        connection.sendRegistered(read);
      } else {
        boolean unused = connection.takeOut(read, read.id());
      }
    }
  }

  /** Begins a registered read of a lent block, whose reference it takes over. */
  private void begin(BlockRead read, LentBlock lent) {
    boolean here = connection.takeOut(read, read.id());
    if (!here) {
      lent.file().release();
    } else if (read.length() > SMALL) {
      copyElsewhere(read, lent);
    } else {
      readNow(read, lent);
    }
  }

  private void copyElsewhere(BlockRead read, LentBlock lent) {
    try {
      side.copiers().execute(() -> readNow(read, lent));
    } catch (RejectedExecutionException e) {
      lent.file().release();
      read.onFailure(closed());
    }
  }

  /**
   * Reads what is in memory, in the calling thread, to which the read and a reference of the lent
   * file belong; the rest is left to a disk's thread.
   */
  private void readNow(BlockRead read, LentBlock lent) {
    connection.started(read);
    read.expect(lent.chunkCrcs(), lent.key().index() * blockSize);
    boolean whole;
    try {
      whole = copy(read, lent.file());
    } catch (IOException e) {
      broken(read, lent, e);
      return;
    }
    if (whole) {
      end(read, lent);
      return;
    }
    connection.announce(read);
    if (!connection.execute(() -> fromDisk(read, lent))) {
      lent.file().release();
      read.onFailure(closed());
    }
  }

  /** Whether all of it was in memory. */
  private boolean copy(BlockRead read, SharedFile file) throws IOException {
    long blockStart = read.offset() / blockSize * blockSize;
    while (read.received() < read.length()) {
      int left = read.length() - read.received();
      long offset = read.offset() - blockStart + read.received();
      ByteBuf place = read.place(left);
      ByteBuf target = place != null ? place : Transport.BUFFERS.directBuffer(left, left);
      try {
        int room = Math.min(left, target.writableBytes());
        int count = file.readNow(target.nioBuffer(target.writerIndex(), room), room, offset);
        if (count == SharedFile.WOULD_WAIT) {
          return false;
        }
        target.writerIndex(target.writerIndex() + count);
        read.onPayload(target);
        count(count);
      } finally {
        target.release();
      }
    }
    return true;
  }

  private void count(int count) {
    connection.counters().readLocally(count);
    bytes.add(count);
  }

  private void fromDisk(BlockRead read, LentBlock lent) {
    if (!connection.register(read)) {
      lent.file().release();
      return;
    }
    long id = read.id();
    int count = read.length() - read.received();
    long offset = read.offset() % blockSize + read.received();
    try {
      side.disks().execute(() -> waitForDisk(read, id, lent, count, offset));
    } catch (RejectedExecutionException e) {
      lent.file().release();
      if (connection.takeOut(read, id)) {
        read.onFailure(closed());
      }
    }
  }

  /** By a disk's thread: the read may end meanwhile, so it is not touched. */
  private void waitForDisk(BlockRead read, long id, LentBlock lent, int count, long offset) {
    ByteBuf buffer = Unpooled.EMPTY_BUFFER;
    Throwable failure = null;
    try {
      buffer = Transport.BUFFERS.directBuffer(count, count);
      lent.file().readFully(buffer.nioBuffer(0, count), count, offset);
      buffer.writerIndex(count);
    } catch (IOException | OutOfMemoryError e) {
      failure = e;
    }
    ByteBuf bytes = buffer;
    Throwable cause = failure;
    if (!connection.execute(() -> deliver(read, id, lent, bytes, cause))) {
      bytes.release();
      lent.file().release();
    }
  }

  private void deliver(BlockRead read, long id, LentBlock lent, ByteBuf bytes, Throwable failure) {
    try {
      if (!connection.takeOut(read, id)) {
        lent.file().release();
      } else if (failure instanceof IOException) {
        broken(read, lent, failure);
      } else if (failure != null) {
        lent.file().release();
        read.onFailure(
            new AttemptException(
                AttemptException.Kind.CONNECTION_LOST,
                connection.name() + ": there is no memory for what it has lent",
                failure));
      } else {
        count(bytes.readableBytes());
        read.onPayload(bytes);
        end(read, lent);
      }
    } finally {
      bytes.release();
    }
  }

  private void end(BlockRead read, LentBlock lent) {
    if (read.badChunks() > 0) {
      // The worker is to look at it, and lends another one.
      side.lent().drop(lent);
    }
    lent.file().release();
    read.onEnd();
  }

  /** The file is not what it should be; the worker is to look at it. */
  private void broken(BlockRead read, LentBlock lent, Throwable cause) {
    side.lent().drop(lent);
    lent.file().release();
    read.onFailure(
        new AttemptException(
            AttemptException.Kind.BAD_CHECKSUM,
            "the file of a block that "
                + connection.name()
                + " has lent cannot be read: "
                + cause.getMessage(),
            cause));
  }

  /** The Unix connection is of no use any more: what waits goes over TCP. */
  void end() {
    ended = true;
    releaseEarly(number -> true);
    opened.clear();
    unasked.clear();
    List.copyOf(waiting.keySet()).forEach(this::overTcp);
  }

  /** The calls that wait were failed by the connection. */
  @Override
  public void close() {
    ended = true;
    releaseEarly(number -> true);
    opened.clear();
    unasked.clear();
    waiting.clear();
  }
}
