// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.fetch;

import io.netty.buffer.ByteBuf;
import io.railfs.client.ClusterException;
import io.railfs.client.ClusterException.Failure;
import io.railfs.client.FetchRequest;
import io.railfs.client.FetchSink;
import io.railfs.client.Replicas;
import io.railfs.client.cluster.ClusterView;
import io.railfs.client.cluster.ConnectionWaiters;
import io.railfs.client.cluster.Placement;
import io.railfs.client.cluster.PlacementTable;
import io.railfs.client.cluster.RemoteWorker;
import io.railfs.client.cluster.WorkerSelector;
import io.railfs.client.net.AttemptException;
import io.railfs.client.net.Connection;
import io.railfs.protocol.Chunks;
import java.util.BitSet;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One {@link FetchRequest} on its way to its end, one attempt after the other. It belongs to one
 * thread at a time: to the one that runs its attempt, mostly the event loop of the connection,
 * between attempts to the thread that took it from the {@link FetchGate}, a worker's {@link
 * ConnectionWaiters} or the {@link RetryQueue}; these hand it over.
 *
 * <pre>
 *   gate --admitted--> attempt --all chunks verified--> completed
 *     |                 ^  |  ^
 *     |                 |  |  +--waiters, until the worker has a connection
 *     |                 |  |
 *     |        at once  |  +--failed--> retry plan --for good--> failed
 *     |                 |                   |
 *     |                 +---- queue <--wait-+
 *     +--expired, closed--> failed
 * </pre>
 *
 * <p>Beside an attempt that is slower than usual a {@link Hedge} may run; it ends with the attempt.
 */
public final class Fetch
    implements FetchGate.Entry, RetryQueue.Entry, ConnectionWaiters.Entry, ReadAttempt.Owner {
  private static final Logger log = LoggerFactory.getLogger(Fetch.class);

  private final Context context;
  private final FetchRequest request;
  private final FetchSink sink;
  private final long key;
  private final int chunks;
  private final BitSet verified;
  private final int replicas;
  private RemoteWorker worker;
  private Hedge hedge;

  /** The attempt under way; written by its loop, or before its loop has it. */
  private volatile ReadAttempt current;

  private RetryPlan plan;
  private Connection last;
  private boolean suspect;

  Fetch(Context context, FetchRequest request, FetchSink sink) {
    this.context = context;
    this.request = request;
    this.sink = sink;
    long block = request.offset() / context.table().blockSize();
    key = Placement.key(request.path(), request.version(), block);
    replicas = context.replicas().of(request.path());
    chunks = Chunks.count(request.length());
    verified = new BitSet(chunks);
  }

  @Override
  public FetchRequest request() {
    return request;
  }

  @Override
  public ByteBuf place(int position, int limit) {
    return sink.place(position, limit);
  }

  @Override
  public void write(int position, ByteBuf bytes) {
    sink.write(position, bytes);
  }

  @Override
  public int bytes() {
    return request.length();
  }

  @Override
  public long deadlineNanos() {
    return request.deadlineNanos();
  }

  @Override
  public void admitted() {
    context.hedges().earn();
    attempt();
  }

  @Override
  public void expired() {
    String message =
        this + " did not start before its deadline: too many other bytes were in flight";
    notifySink(() -> sink.failed(new ClusterException(Failure.DEADLINE, message)));
  }

  @Override
  public void closed() {
    notifySink(() -> sink.failed(closedException()));
  }

  @Override
  public void retry() {
    if (System.nanoTime() - request.deadlineNanos() >= 0) {
      fail(plan().deadline());
    } else {
      attempt();
    }
  }

  @Override
  public void cancelled() {
    fail(closedException());
  }

  @Override
  public void chunkVerified(int position, int length) {
    verified.set(position / Chunks.SIZE);
    sink.verified(position, length);
  }

  @Override
  public void opened() {
    if (worker.hasData()) {
      // The one that was waited for: a choice would go by those that have failed.
      send();
    } else {
      retry();
    }
  }

  @Override
  public void notOpened(AttemptException cause) {
    attemptFailed(cause);
  }

  @Override
  public void runVerified() {
    current = null;
    endHedge();
    if (verified.cardinality() < chunks) {
      attempt();
      return;
    }
    end(sink::completed);
  }

  @Override
  public void distrust() {
    suspect = true;
  }

  @Override
  public void attemptFailed(AttemptException cause) {
    current = null;
    endHedge();
    suspect |= cause.kind() == AttemptException.Kind.BAD_CHECKSUM;
    if (verified.cardinality() == chunks) {
      // The last chunk came, only the end of its frame did not.
      runVerified();
      return;
    }
    ClusterException end = plan().failed(cause, context.view().size());
    if (end != null) {
      fail(end);
    } else if (plan.delayNanos() > 0) {
      context.retries().add(this, plan.delayNanos());
    } else {
      attempt();
    }
  }

  @Override
  public void slow(ReadAttempt attempt) {
    if (hedge != null || context.view().size() < 2) {
      return;
    }
    RemoteWorker other = WorkerSelector.data(context.view(), key, replicas, 0, worker);
    if (other == null || other == worker || other.rank() != 0) {
      return;
    }
    if (other.hasData()) {
      hedge(attempt, other);
    } else {
      other.whenOpen(new PendingHedge(attempt, other));
    }
  }

  private void hedge(ReadAttempt attempt, RemoteWorker other) {
    Connection connection = other.data(null);
    HedgeBudget hedges = context.hedges();
    if (connection != null && hedges.begin(attempt.length())) {
      hedge = Hedge.start(this, attempt, hedges, other, connection);
    }
  }

  /** A hedge that waits for a connection to the other worker. */
  private final class PendingHedge implements ConnectionWaiters.Entry {
    private final ReadAttempt slow;
    private final RemoteWorker other;

    PendingHedge(ReadAttempt slow, RemoteWorker other) {
      this.slow = slow;
      this.other = other;
    }

    @Override
    public int bytes() {
      return slow.length();
    }

    @Override
    public long deadlineNanos() {
      return request.deadlineNanos();
    }

    @Override
    public void opened() {
      // On the slow attempt's loop, which alone ends that.
      boolean unused = slow.connection().execute(this::start);
    }

    private void start() {
      if (current == slow && hedge == null && slow.connection().isUnderWay(slow)) {
        hedge(slow, other);
      }
    }

    @Override
    public void notOpened(AttemptException cause) {
      log.debug("{} has no second attempt: {}", Fetch.this, cause.getMessage());
    }
  }

  /**
   * Takes the chunks that a hedge brought where a slow attempt, which was dropped, did not.
   *
   * @param bytes of the whole run of the attempt
   */
  void take(ReadAttempt slow, ByteBuf bytes) {
    hedge = null;
    slow.worker().latency().add(slow.length(), System.nanoTime() - slow.startedNanos());
    int end = slow.start() + slow.length();
    for (int at = slow.start(); at < end; at += Chunks.SIZE) {
      if (!verified.get(at / Chunks.SIZE)) {
        int length = Math.min(Chunks.SIZE, end - at);
        sink.write(at, bytes.slice(at - slow.start(), length));
        chunkVerified(at, length);
      }
    }
    runVerified();
  }

  private void endHedge() {
    if (hedge != null) {
      hedge.cancel();
      hedge = null;
    }
  }

  private void attempt() {
    worker = choose();
    if (worker == null) {
      attemptFailed(context.noConnection());
    } else {
      send();
    }
  }

  /** To the worker that was chosen. */
  private void send() {
    Connection connection = worker.data(last);
    if (connection == null) {
      worker.whenOpen(this);
      return;
    }
    last = connection;
    worker.counters().attempt(plan != null);
    int first = verified.nextClearBit(0);
    int next = verified.nextSetBit(first);
    int start = first * Chunks.SIZE;
    int end = next < 0 ? request.length() : next * Chunks.SIZE;
    ReadAttempt attempt = new ReadAttempt(this, worker, connection, start, end - start, suspect);
    current = attempt;
    connection.fetch(attempt);
  }

  /** Null where no worker has a connection, or may have one. */
  private RemoteWorker choose() {
    if (plan == null) {
      return WorkerSelector.data(context.view(), key, replicas, 0, null);
    }
    if (plan.stays() && worker != null && worker.mayServe()) {
      return worker;
    }
    return WorkerSelector.data(context.view(), key, 1, plan.position(), worker);
  }

  private RetryPlan plan() {
    if (plan == null) {
      plan = new RetryPlan(this, request.deadlineNanos());
    }
    return plan;
  }

  private void fail(ClusterException cause) {
    end(() -> sink.failed(cause));
  }

  private void end(Runnable event) {
    context.gate().release(bytes());
    notifySink(event);
  }

  private void notifySink(Runnable event) {
    try {
      event.run();
    } catch (RuntimeException e) {
      log.error("{}: its end was not taken: internal error (bug)", this, e);
    }
  }

  private ClusterException closedException() {
    return new ClusterException(Failure.CLOSED, this + " failed: the client was closed");
  }

  /** For messages. */
  @Override
  public String toString() {
    return "reading "
        + request.length()
        + " bytes at "
        + request.offset()
        + " of "
        + request.path();
  }

  /**
   * What the fetches of a client share.
   *
   * @param table publishes the workers
   * @param problems says why no worker can be used
   * @param replicas how many workers keep a block
   */
  record Context(
      PlacementTable table,
      Supplier<String> problems,
      Replicas replicas,
      HedgeBudget hedges,
      FetchGate gate,
      RetryQueue retries) {

    ClusterView view() {
      return table.view();
    }

    AttemptException noConnection() {
      return new AttemptException(
          AttemptException.Kind.NO_CONNECTION, "no worker is connected: " + problems.get());
    }
  }
}
