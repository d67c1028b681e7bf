package io.railfs.client;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.railfs.client.ClusterException.Failure;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.Bodies;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.StatFsReply;
import io.railfs.protocol.messages.StatFsRequest;
import io.railfs.protocol.messages.StatReply;
import io.railfs.protocol.messages.StatRequest;
import io.railfs.protocol.messages.Xattr;
import io.railfs.protocol.messages.XattrReply;
import io.railfs.protocol.messages.XattrRequest;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks the rpc services of the workers, each path first its own worker, so that the questions
 * spread and meet what that worker remembers.
 */
final class MetadataClient implements MetadataSource {
  private final PlacementTable table;
  private final PageClient.Unreachable unreachable;
  private final CountDownLatch closed = new CountDownLatch(1);

  MetadataClient(PlacementTable table, PageClient.Unreachable unreachable) {
    this.table = requireNonNull(table, "table is null");
    this.unreachable = requireNonNull(unreachable, "unreachable is null");
  }

  @Override
  public Attributes stat(RailPath path, long deadlineNanos) throws ClusterException {
    StatRequest request = StatRequest.newBuilder().setPath(path.toByteString()).build();
    Question question = new Question(Opcode.STAT, path, deadlineNanos);
    StatReply reply = parse(question, ask(question, request), StatReply.parser());
    try {
      return ReplyValidator.attributes(reply.getAttributes());
    } catch (ProtocolException e) {
      throw new ClusterException(Failure.IO, question + " failed: " + e.getMessage(), e);
    }
  }

  @Override
  public void list(RailPath path, EntryConsumer entries, Duration patience, Freshness freshness)
      throws ClusterException {
    requireNonNull(entries, "entries is null");
    long patienceNanos = patience.toNanos();
    Question question = new Question(Opcode.LIST, path, System.nanoTime() + patienceNanos);
    RetryPlan plan = new RetryPlan(question, question.deadlineNanos());
    long best = 0;
    while (true) {
      ListCall call = new ListCall(path, entries, patienceNanos, freshness);
      try {
        attempt(question, call, plan.position());
        return;
      } catch (AttemptException e) {
        long told = call.abandon();
        if (told > best) {
          // It came further than any before: that is what patience asks for.
          best = told;
          plan = new RetryPlan(question, System.nanoTime() + patienceNanos);
        }
        retry(question, plan, e);
      } finally {
        call.abandon();
      }
    }
  }

  @Override
  public Map<ByteString, ByteString> xattrs(RailPath path, long deadlineNanos)
      throws ClusterException {
    XattrRequest request = XattrRequest.newBuilder().setPath(path.toByteString()).build();
    Question question = new Question(Opcode.XATTR, path, deadlineNanos);
    XattrReply reply = parse(question, ask(question, request), XattrReply.parser());
    Map<ByteString, ByteString> xattrs = new LinkedHashMap<>();
    for (Xattr xattr : reply.getAttributesList()) {
      xattrs.put(xattr.getName(), xattr.getValue());
    }
    return xattrs;
  }

  @Override
  public Space space(long deadlineNanos) throws ClusterException {
    Question question = new Question(Opcode.STATFS, RailPath.ROOT, deadlineNanos);
    StatFsReply reply =
        parse(question, ask(question, StatFsRequest.getDefaultInstance()), StatFsReply.parser());
    return new Space(reply.getTotalBytes(), reply.getFreeBytes(), reply.getAvailableBytes());
  }

  /** Ends every wait. */
  void close() {
    closed.countDown();
  }

  private record Question(Opcode opcode, RailPath path, long deadlineNanos) {
    /** For messages. */
    @Override
    public String toString() {
      return opcode + " of " + path;
    }
  }

  private static <M extends Message> M parse(Question question, ByteString body, Parser<M> parser)
      throws ClusterException {
    try {
      return Bodies.parse(body, parser);
    } catch (InvalidProtocolBufferException e) {
      throw new ClusterException(
          Failure.IO, question + " failed: the worker's answer is not valid protobuf", e);
    }
  }

  private ByteString ask(Question question, MessageLite request) throws ClusterException {
    RetryPlan plan = new RetryPlan(question, question.deadlineNanos());
    while (true) {
      MetadataCall call = new MetadataCall(question.opcode(), request, question.deadlineNanos());
      try {
        return attempt(question, call, plan.position());
      } catch (AttemptException e) {
        retry(question, plan, e);
      }
    }
  }

  /** Waits until the next attempt is due. Errors: there is to be none. */
  private void retry(Question question, RetryPlan plan, AttemptException failure)
      throws ClusterException {
    ClusterException end = plan.failed(failure, table.members().workers().size());
    if (end != null) {
      throw end;
    }
    try {
      if (closed.await(plan.delayNanos(), TimeUnit.NANOSECONDS)) {
        throw new ClusterException(Failure.CLOSED, question + " failed: the client was closed");
      }
    } catch (InterruptedException e) {
      throw interrupted(question, e);
    }
  }

  private static ClusterException interrupted(Question question, InterruptedException e) {
    Thread.currentThread().interrupt();
    return new ClusterException(Failure.IO, question + " was interrupted", e);
  }

  private ByteString attempt(Question question, MetadataCall call, int position)
      throws AttemptException, ClusterException {
    Connection connection = choose(Placement.key(question.path()), position);
    connection.send(call);
    // The connection ends the call by its deadline; the slack is for a stalled event loop.
    long slack = TimeUnit.MILLISECONDS.toNanos(2L * Connection.SWEEP_MILLIS);
    while (true) {
      long left = Math.max(0, call.deadlineNanos() - System.nanoTime());
      try {
        return call.answer().get(left + slack, TimeUnit.NANOSECONDS);
      } catch (ExecutionException e) {
        if (e.getCause() instanceof AttemptException cause) {
          throw cause;
        }
        if (e.getCause() instanceof ClusterException cause) {
          throw cause;
        }
        throw new IllegalStateException(question + " failed unexpectedly", e);
      } catch (TimeoutException e) {
        if (call.deadlineNanos() - System.nanoTime() <= 0) {
          throw new AttemptException(
              AttemptException.Kind.TIMED_OUT, connection.name() + " did not answer in time", e);
        }
      } catch (InterruptedException e) {
        throw interrupted(question, e);
      }
    }
  }

  private Connection choose(long key, int position) throws AttemptException {
    RemoteWorker worker = WorkerSelector.rpc(table.members(), key, position);
    Connection connection = worker == null ? null : worker.rpc();
    if (connection == null) {
      throw new AttemptException(
          AttemptException.Kind.NO_CONNECTION, "no worker is connected: " + unreachable.reasons());
    }
    return connection;
  }
}
