// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.fetch;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.railfs.client.ClusterException;
import io.railfs.client.ClusterException.Failure;
import io.railfs.client.WorkerStores;
import io.railfs.client.cluster.ClusterView;
import io.railfs.client.cluster.Placement;
import io.railfs.client.cluster.PlacementTable;
import io.railfs.client.cluster.RemoteWorker;
import io.railfs.client.cluster.WorkerSelector;
import io.railfs.client.net.AttemptException;
import io.railfs.client.net.Connection;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** Asks the rpc services of the workers about what their stores hold. */
public final class WorkerStoreClient implements WorkerStores {

  /**
   * What a connection that was lost has to come back before its worker counts as gone: more than an
   * ordinary restart, and than the longest pause between connects and one that times out.
   */
  private static final long GONE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final PlacementTable table;
  private final Supplier<List<RemoteWorker>> roster;
  private final Supplier<String> problems;
  private final List<RemoteWorker> known = new CopyOnWriteArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);

  /** Since when a worker has no connection, as requests to it found out. */
  private final Map<RemoteWorker, Long> missingSince = new ConcurrentHashMap<>();

  /**
   * @param roster all workers that are meant, in their order
   */
  public WorkerStoreClient(
      PlacementTable table, Supplier<List<RemoteWorker>> roster, Supplier<String> problems) {
    this.table = requireNonNull(table, "table is null");
    this.roster = requireNonNull(roster, "roster is null");
    this.problems = requireNonNull(problems, "problems is null");
  }

  @Override
  public List<String> workers() {
    List<RemoteWorker> connected = table.view().workers();
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

  @Override
  public int blockSize() {
    return table.blockSize();
  }

  @Override
  public int[] owners(RailPath path, FileVersion version, long block, int count) {
    ClusterView view = table.view();
    long key = Placement.key(path, version, block);
    List<RemoteWorker> owners = WorkerSelector.replicas(view, key, count);
    return owners.isEmpty()
        ? new int[] {place(view.workers().get(view.placement().first(key)))}
        : owners.stream().mapToInt(this::place).toArray();
  }

  @Override
  public LoadReply load(int worker, BlockSet blocks, boolean pin, Duration timeout)
      throws ClusterException {
    LoadRequest request = LoadRequest.newBuilder().setBlocks(blocks).setPin(pin).build();
    return ask(worker, Opcode.LOAD, blocks, request, LoadReply.parser(), timeout);
  }

  @Override
  public FreeReply free(int worker, BlockSet blocks, Duration timeout) throws ClusterException {
    FreeRequest request = FreeRequest.newBuilder().setBlocks(blocks).build();
    return ask(worker, Opcode.FREE, blocks, request, FreeReply.parser(), timeout);
  }

  @Override
  public CheckReply check(int worker, BlockSet blocks, Duration timeout) throws ClusterException {
    CheckRequest request = CheckRequest.newBuilder().setBlocks(blocks).build();
    return ask(worker, Opcode.CHECK, blocks, request, CheckReply.parser(), timeout);
  }

  @Override
  public PinReply pin(int worker, BlockSet blocks, Duration timeout) throws ClusterException {
    PinRequest request = PinRequest.newBuilder().setBlocks(blocks).build();
    return ask(worker, Opcode.PIN, blocks, request, PinReply.parser(), timeout);
  }

  @Override
  public UnpinReply unpin(int worker, BlockSet blocks, Duration timeout) throws ClusterException {
    UnpinRequest request = UnpinRequest.newBuilder().setBlocks(blocks).build();
    return ask(worker, Opcode.UNPIN, blocks, request, UnpinReply.parser(), timeout);
  }

  @Override
  public UnpinReply unpinAll(int worker, Duration timeout) throws ClusterException {
    UnpinRequest request = UnpinRequest.newBuilder().setAll(true).build();
    BlockSet none = BlockSet.newBuilder().setPath(RailPath.ROOT.toByteString()).build();
    return ask(worker, Opcode.UNPIN, none, request, UnpinReply.parser(), timeout);
  }

  /** Ends every wait. */
  public void close() {
    closed.countDown();
  }

  @Override
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

  @Override
  public long capacity(int worker) {
    return known.get(worker).capacity();
  }

  private record Operation(Opcode opcode, String path) {
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
      Duration timeout)
      throws ClusterException {
    Operation operation = new Operation(opcode, blocks.getPath().toStringUtf8());
    long deadline = System.nanoTime() + timeout.toNanos();
    RetryPlan plan = new RetryPlan(operation, deadline);
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
          throw opcode == Opcode.LOAD ? withUnreachable(end) : end;
        }
        if (failure.code() == ErrorCode.BUSY) {
          known.get(worker).failed(failure);
        }
        if (opcode == Opcode.LOAD) {
          requirePresent(known.get(worker), operation, failure);
        }
        if (closed.await(plan.delayNanos(), TimeUnit.NANOSECONDS)) {
          throw new ClusterException(Failure.CLOSED, operation + " failed: the client was closed");
        }
      }
    } catch (InvalidProtocolBufferException e) {
      throw new ClusterException(
          Failure.IO, operation + " failed: the worker's answer is not valid protobuf", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClusterException(Failure.IO, operation + " was interrupted", e);
    }
  }

  /** That time was over without a connection says more than that it was over. */
  private static ClusterException withUnreachable(ClusterException end) {
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
  private void requirePresent(RemoteWorker worker, Operation operation, AttemptException failure)
      throws ClusterException {
    boolean leaves = failure.code() == ErrorCode.BUSY && worker.state() == WorkerState.DRAINING;
    if (leaves || (failure.kind() == AttemptException.Kind.NO_CONNECTION && isGone(worker))) {
      throw new ClusterException(
          Failure.UNREACHABLE, operation + " failed: " + failure.getMessage(), failure);
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
          "worker " + worker.endpoint() + " is not connected (" + problems.get() + ")");
    }
    missingSince.remove(worker);
    CompletableFuture<ByteString> answer = new CompletableFuture<>();
    connection.send(MetadataClient.bodyCall(opcode, request, deadline, answer));
    try {
      long left = Math.max(0, deadline - System.nanoTime());
      long slack = TimeUnit.MILLISECONDS.toNanos(2L * Connection.SWEEP_MILLIS);
      return answer.get(left + slack, TimeUnit.NANOSECONDS);
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
