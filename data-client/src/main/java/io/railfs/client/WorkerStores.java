package io.railfs.client;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.railfs.client.ClusterException.Failure;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.BlockSet;
import io.railfs.protocol.messages.CheckReply;
import io.railfs.protocol.messages.CheckRequest;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.FreeReply;
import io.railfs.protocol.messages.FreeRequest;
import io.railfs.protocol.messages.LoadReply;
import io.railfs.protocol.messages.LoadRequest;
import io.railfs.protocol.messages.PinReply;
import io.railfs.protocol.messages.PinRequest;
import io.railfs.protocol.messages.UnpinReply;
import io.railfs.protocol.messages.UnpinRequest;
import io.railfs.protocol.messages.WorkerState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Asks workers about what their stores hold. Unlike a read, a question goes to the worker that is
 * meant and to no other; it is asked again while that one is busy or away for a moment, until the
 * patience is spent. Thread-safe; methods that ask block their caller.
 */
public final class WorkerStores {
  /** Most blocks of one question. */
  public static final int MAX_BLOCKS = 4_096;

  /**
   * What a connection that was lost has to come back before its worker counts as gone: more than an
   * ordinary restart, and than the longest pause between connects and one that times out.
   */
  private static final long GONE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final PlacementTable table;
  private final Supplier<List<RemoteWorker>> roster;
  private final PageClient.Unreachable unreachable;
  private final List<RemoteWorker> known = new CopyOnWriteArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);

  /** Since when a worker has no connection, as those who asked it saw. */
  private final Map<RemoteWorker, Long> missingSince = new ConcurrentHashMap<>();

  /**
   * @param roster all workers that are meant, in their order
   */
  WorkerStores(
      PlacementTable table,
      Supplier<List<RemoteWorker>> roster,
      PageClient.Unreachable unreachable) {
    this.table = requireNonNull(table, "table is null");
    this.roster = requireNonNull(roster, "roster is null");
    this.unreachable = requireNonNull(unreachable, "unreachable is null");
  }

  /**
   * The workers known until now; a place in this list names a worker in the other methods, and goes
   * on to do so when workers come and go.
   */
  public List<String> workers() {
    List<RemoteWorker> connected = table.members().workers();
    // Not in the order in which they happened to answer.
    roster.get().stream().filter(connected::contains).forEach(this::place);
    return known.stream().map(worker -> worker.endpoint().toString()).toList();
  }

  private synchronized int place(RemoteWorker worker) {
    int at = known.indexOf(worker);
    if (at < 0) {
      known.add(worker);
      at = known.size() - 1;
    }
    return at;
  }

  /** Bytes of a block. */
  public int blockSize() {
    return table.blockSize();
  }

  /**
   * The workers that reads of a block ask first, its owner and those that follow, as many as are
   * wanted or there.
   */
  public int[] owners(RailPath path, FileVersion version, long block, int count) {
    PlacementTable.Members members = table.members();
    long key = Placement.key(path, version, block);
    List<RemoteWorker> owners = WorkerSelector.replicas(members, key, count);
    return owners.isEmpty()
        ? new int[] {place(members.workers().get(members.placement().first(key)))}
        : owners.stream().mapToInt(this::place).toArray();
  }

  /** Has blocks loaded. */
  public LoadReply load(int worker, BlockSet blocks, boolean pin, Duration patience)
      throws ClusterException {
    LoadRequest request = LoadRequest.newBuilder().setBlocks(blocks).setPin(pin).build();
    return ask(worker, Opcode.LOAD, blocks, request, LoadReply.parser(), patience);
  }

  /** Has blocks dropped. */
  public FreeReply free(int worker, BlockSet blocks, Duration patience) throws ClusterException {
    FreeRequest request = FreeRequest.newBuilder().setBlocks(blocks).build();
    return ask(worker, Opcode.FREE, blocks, request, FreeReply.parser(), patience);
  }

  /** Which blocks are there. */
  public CheckReply check(int worker, BlockSet blocks, Duration patience) throws ClusterException {
    CheckRequest request = CheckRequest.newBuilder().setBlocks(blocks).build();
    return ask(worker, Opcode.CHECK, blocks, request, CheckReply.parser(), patience);
  }

  /** Keeps blocks that are there from eviction. */
  public PinReply pin(int worker, BlockSet blocks, Duration patience) throws ClusterException {
    PinRequest request = PinRequest.newBuilder().setBlocks(blocks).build();
    return ask(worker, Opcode.PIN, blocks, request, PinReply.parser(), patience);
  }

  /** Opens blocks to eviction again. */
  public UnpinReply unpin(int worker, BlockSet blocks, Duration patience) throws ClusterException {
    UnpinRequest request = UnpinRequest.newBuilder().setBlocks(blocks).build();
    return ask(worker, Opcode.UNPIN, blocks, request, UnpinReply.parser(), patience);
  }

  /** Opens every block of a worker to eviction again. */
  public UnpinReply unpinAll(int worker, Duration patience) throws ClusterException {
    UnpinRequest request = UnpinRequest.newBuilder().setAll(true).build();
    BlockSet none = BlockSet.newBuilder().setPath(RailPath.ROOT.toByteString()).build();
    return ask(worker, Opcode.UNPIN, none, request, UnpinReply.parser(), patience);
  }

  /** Ends every wait. */
  void close() {
    closed.countDown();
  }

  /**
   * Whether a worker has had no connection for a while: a block for it is not worth a wait where
   * another can have it.
   */
  public boolean isGone(int worker) {
    return isGone(known.get(worker));
  }

  private boolean isGone(RemoteWorker worker) {
    if (worker.rpc() != null) {
      missingSince.remove(worker);
    }
    Long since = missingSince.get(worker);
    return since != null && System.nanoTime() - since >= GONE_NANOS;
  }

  /** Bytes of a worker's store; 0 where it does not tell. */
  public long capacity(int worker) {
    return known.get(worker).capacity();
  }

  private record Question(Opcode opcode, String path) {
    /** For messages. */
    @Override
    public String toString() {
      return opcode + " of " + path;
    }
  }

  private <M extends Message> M ask(
      int worker,
      Opcode opcode,
      BlockSet blocks,
      MessageLite request,
      Parser<M> parser,
      Duration patience)
      throws ClusterException {
    Question question = new Question(opcode, blocks.getPath().toStringUtf8());
    long deadline = System.nanoTime() + patience.toNanos();
    RetryPlan plan = new RetryPlan(question, deadline);
    try {
      while (true) {
        AttemptException failure;
        try {
          return parser.parseFrom(attempt(worker, opcode, request, deadline));
        } catch (AttemptException e) {
          failure = e;
        }
        ClusterException end = plan.failed(failure, 1);
        if (end != null) {
          throw opcode == Opcode.LOAD ? told(end) : end;
        }
        if (failure.code() == ErrorCode.BUSY) {
          known.get(worker).failed(failure);
        }
        if (opcode == Opcode.LOAD) {
          requirePresent(known.get(worker), question, failure);
        }
        if (closed.await(plan.delayNanos(), TimeUnit.NANOSECONDS)) {
          throw new ClusterException(Failure.CLOSED, question + " failed: the client was closed");
        }
      }
    } catch (InvalidProtocolBufferException e) {
      throw new ClusterException(
          Failure.IO, question + " failed: the worker's answer is not valid protobuf", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClusterException(Failure.IO, question + " was interrupted", e);
    }
  }

  /** That time was over without a connection says more than that it was over. */
  private static ClusterException told(ClusterException end) {
    boolean away =
        end.failure() == Failure.DEADLINE
            && end.getCause() instanceof AttemptException last
            && last.kind() == AttemptException.Kind.NO_CONNECTION;
    return away ? new ClusterException(Failure.UNREACHABLE, end.getMessage(), end.getCause()) : end;
  }

  /**
   * A worker that has gone, or that is about to, is no reason to wait until the time is over where
   * another can do it.
   */
  private void requirePresent(RemoteWorker worker, Question question, AttemptException failure)
      throws ClusterException {
    boolean leaves = failure.code() == ErrorCode.BUSY && worker.state() == WorkerState.DRAINING;
    if (leaves || (failure.kind() == AttemptException.Kind.NO_CONNECTION && isGone(worker))) {
      throw new ClusterException(
          Failure.UNREACHABLE, question + " failed: " + failure.getMessage(), failure);
    }
  }

  private ByteString attempt(int index, Opcode opcode, MessageLite request, long deadline)
      throws AttemptException, InterruptedException {
    RemoteWorker worker = known.get(index);
    Connection connection = worker.rpc();
    if (connection == null) {
      missingSince.putIfAbsent(worker, System.nanoTime());
      throw new AttemptException(
          AttemptException.Kind.NO_CONNECTION,
          "worker " + worker.endpoint() + " is not connected (" + unreachable.reasons() + ")");
    }
    missingSince.remove(worker);
    MetadataCall call = new MetadataCall(opcode, request, deadline);
    connection.send(call);
    try {
      long left = Math.max(0, deadline - System.nanoTime());
      long slack = TimeUnit.MILLISECONDS.toNanos(2L * Connection.SWEEP_MILLIS);
      return call.answer().get(left + slack, TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof AttemptException cause) {
        throw cause;
      }
      throw new IllegalStateException(opcode + " failed unexpectedly", e);
    } catch (TimeoutException e) {
      throw new AttemptException(
          AttemptException.Kind.TIMED_OUT, connection.name() + " did not answer in time", e);
    }
  }
}
