package io.railfs.client;

import io.railfs.client.ClusterException.Failure;
import io.railfs.protocol.Chunks;
import java.util.BitSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One {@link FetchRequest} on its way to its end, one attempt after the other. It belongs to one
 * thread at a time: to the event loop of the connection that runs its attempt, between attempts to
 * whoever took it from the {@link FetchGate} or from {@link RetryQueue}; these hand it over.
 *
 * <pre>
 *   gate --admitted--> attempt --all chunks verified--> completed
 *     |                 ^  |
 *     |        at once  |  +--failed--> retry plan --for good--> failed
 *     |                 |                   |
 *     |                 +---- queue <--wait-+
 *     +--expired, closed--> failed
 * </pre>
 */
final class Fetch implements FetchGate.Entry, RetryQueue.Entry {
  private static final Logger log = LoggerFactory.getLogger(Fetch.class);

  private final PageClient client;
  private final FetchRequest request;
  private final FetchSink sink;
  private final long key;
  private final int chunks;
  private final BitSet verified;
  private RetryPlan plan;
  private Connection last;
  private boolean suspect;

  Fetch(PageClient client, FetchRequest request, FetchSink sink) {
    this.client = client;
    this.request = request;
    this.sink = sink;
    long block = request.offset() / client.blockSize();
    key = Placement.key(request.path(), request.version(), block);
    chunks = Chunks.count(request.length());
    verified = new BitSet(chunks);
  }

  FetchRequest request() {
    return request;
  }

  FetchSink sink() {
    return sink;
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
    attempt();
  }

  @Override
  public void expired() {
    String message =
        this + " did not start before its deadline: too many other bytes were in flight";
    tell(() -> sink.failed(new ClusterException(Failure.DEADLINE, message)));
  }

  @Override
  public void closed() {
    tell(() -> sink.failed(closedException()));
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

  void chunkVerified(int position, int length) {
    verified.set(position / Chunks.SIZE);
    sink.verified(position, length);
  }

  /** An attempt brought everything it asked for. */
  void runVerified() {
    if (verified.cardinality() < chunks) {
      attempt();
      return;
    }
    end(sink::completed);
  }

  /** From now on workers are asked to verify their copy before they send it. */
  void distrust() {
    suspect = true;
  }

  void attemptFailed(AttemptException cause) {
    suspect |= cause.kind() == AttemptException.Kind.BAD_CHECKSUM;
    if (verified.cardinality() == chunks) {
      // The last chunk came, only the end of its frame did not.
      runVerified();
      return;
    }
    ClusterException end = plan().failed(cause, client.members().workers().size());
    if (end != null) {
      fail(end);
    } else if (plan.delayNanos() > 0) {
      client.retryLater(this, plan.delayNanos());
    } else {
      attempt();
    }
  }

  private void attempt() {
    Worker worker = choose();
    if (worker == null) {
      attemptFailed(client.noConnection());
      return;
    }
    Connection connection = worker.data(last);
    if (connection == null) {
      // Lost between the choice and now.
      attemptFailed(client.noConnection());
      return;
    }
    last = connection;
    worker.counters().attempt(plan != null);
    int first = verified.nextClearBit(0);
    int behind = verified.nextSetBit(first);
    int start = first * Chunks.SIZE;
    int end = behind < 0 ? request.length() : behind * Chunks.SIZE;
    connection.send(new ReadAttempt(this, worker, connection, start, end - start, suspect));
  }

  /** The first worker from the plan's position on that has a connection, or null. */
  private Worker choose() {
    Membership.Members members = client.members();
    int count = members.workers().size();
    if (count == 0) {
      return null;
    }
    if (plan == null) {
      Worker owner = members.workers().get(members.placement().first(key));
      if (count == 1 || owner.data(null) != null) {
        return owner;
      }
    }
    int position = plan == null ? 0 : plan.position();
    for (int i = 0; i < count; i++) {
      Worker worker = members.workers().get(members.placement().at(key, (position + i) % count));
      if (worker.data(null) != null) {
        return worker;
      }
    }
    return null;
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

  private void end(Runnable tellSink) {
    client.release(this);
    tell(tellSink);
  }

  private void tell(Runnable tellSink) {
    try {
      tellSink.run();
    } catch (RuntimeException e) {
      log.error("{}: its end was not taken; this is a defect in RailFS", this, e);
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
}
