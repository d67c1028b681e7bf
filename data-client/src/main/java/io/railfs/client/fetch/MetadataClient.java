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
import io.railfs.client.Freshness;
import io.railfs.client.MetadataSource;
import io.railfs.client.cluster.Placement;
import io.railfs.client.cluster.PlacementTable;
import io.railfs.client.cluster.RemoteWorker;
import io.railfs.client.cluster.WorkerSelector;
import io.railfs.client.net.AttemptException;
import io.railfs.client.net.Connection;
import io.railfs.client.net.ReplyValidator;
import io.railfs.client.net.UnaryCall;
import io.railfs.client.net.WorkerCall;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.Bodies;
import io.railfs.protocol.Frame;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Asks the rpc services of the workers, each path first its own worker, so that the requests spread
 * and meet what that worker remembers.
 */
public final class MetadataClient implements MetadataSource {
  private final PlacementTable table;
  private final Supplier<String> problems;
  private final CountDownLatch closed = new CountDownLatch(1);

  public MetadataClient(PlacementTable table, Supplier<String> problems) {
    this.table = requireNonNull(table, "table is null");
    this.problems = requireNonNull(problems, "problems is null");
  }

  @Override
  public Attributes stat(RailPath path, long deadlineNanos) throws ClusterException {
    StatRequest request = StatRequest.newBuilder().setPath(path.toByteString()).build();
    Operation operation = new Operation(Opcode.STAT, path, deadlineNanos);
    StatReply reply = parse(operation, ask(operation, request), StatReply.parser());
    try {
      return ReplyValidator.attributes(reply.getAttributes());
    } catch (ProtocolException e) {
      throw new ClusterException(Failure.IO, operation + " failed: " + e.getMessage(), e);
    }
  }

  @Override
  public void list(
      RailPath path, EntryConsumer entries, Duration progressTimeout, Freshness freshness)
      throws ClusterException {
    requireNonNull(entries, "entries is null");
    long timeoutNanos = progressTimeout.toNanos();
    Operation operation = new Operation(Opcode.LIST, path, System.nanoTime() + timeoutNanos);
    RetryPlan plan = new RetryPlan(operation, operation.deadlineNanos());
    long best = 0;
    while (true) {
      ListCall call = new ListCall(path, entries, timeoutNanos, freshness);
      try {
        attempt(operation, call, call.done(), plan.position());
        return;
      } catch (AttemptException e) {
        long passed = call.abandon();
        if (passed > best) {
          // It came further than any before: that is the progress which the timeout asks for.
          best = passed;
          plan = new RetryPlan(operation, System.nanoTime() + timeoutNanos);
        }
        retry(operation, plan, e);
      } finally {
        call.abandon();
      }
    }
  }

  @Override
  public Map<ByteString, ByteString> xattrs(RailPath path, long deadlineNanos)
      throws ClusterException {
    XattrRequest request = XattrRequest.newBuilder().setPath(path.toByteString()).build();
    Operation operation = new Operation(Opcode.XATTR, path, deadlineNanos);
    XattrReply reply = parse(operation, ask(operation, request), XattrReply.parser());
    Map<ByteString, ByteString> xattrs = new LinkedHashMap<>();
    for (Xattr xattr : reply.getAttributesList()) {
      xattrs.put(xattr.getName(), xattr.getValue());
    }
    return xattrs;
  }

  @Override
  public Space space(long deadlineNanos) throws ClusterException {
    Operation operation = new Operation(Opcode.STATFS, RailPath.ROOT, deadlineNanos);
    StatFsReply reply =
        parse(operation, ask(operation, StatFsRequest.getDefaultInstance()), StatFsReply.parser());
    return new Space(reply.getTotalBytes(), reply.getFreeBytes(), reply.getAvailableBytes());
  }

  /** Ends every wait. */
  public void close() {
    closed.countDown();
  }

  private record Operation(Opcode opcode, RailPath path, long deadlineNanos) {
    /** For messages. */
    @Override
    public String toString() {
      return opcode + " of " + path;
    }
  }

  private static <M extends Message> M parse(Operation operation, ByteString body, Parser<M> parser)
      throws ClusterException {
    try {
      return Bodies.parse(body, parser);
    } catch (InvalidProtocolBufferException e) {
      throw new ClusterException(
          Failure.IO, operation + " failed: the worker's answer is not valid protobuf", e);
    }
  }

  private ByteString ask(Operation operation, MessageLite request) throws ClusterException {
    RetryPlan plan = new RetryPlan(operation, operation.deadlineNanos());
    while (true) {
      CompletableFuture<ByteString> answer = new CompletableFuture<>();
      WorkerCall call = bodyCall(operation.opcode(), request, operation.deadlineNanos(), answer);
      try {
        return attempt(operation, call, answer, plan.position());
      } catch (AttemptException e) {
        retry(operation, plan, e);
      }
    }
  }

  /** A call whose answer is the body of the reply, which the thread that waits for it parses. */
  static WorkerCall bodyCall(
      Opcode opcode,
      MessageLite request,
      long deadlineNanos,
      CompletableFuture<ByteString> answer) {
    return new UnaryCall<>(
        opcode,
        request,
        deadlineNanos,
        Frame::body,
        (body, failure) -> {
          if (failure == null) {
            answer.complete(body);
          } else {
            answer.completeExceptionally(failure);
          }
        });
  }

  /**
   * Waits until the next attempt is due.
   *
   * @throws ClusterException where there is to be none
   */
  private void retry(Operation operation, RetryPlan plan, AttemptException failure)
      throws ClusterException {
    ClusterException end = plan.failed(failure, table.view().size());
    if (end != null) {
      throw end;
    }
    try {
      if (closed.await(plan.delayNanos(), TimeUnit.NANOSECONDS)) {
        throw new ClusterException(Failure.CLOSED, operation + " failed: the client was closed");
      }
    } catch (InterruptedException e) {
      throw interrupted(operation, e);
    }
  }

  private static ClusterException interrupted(Operation operation, InterruptedException e) {
    Thread.currentThread().interrupt();
    return new ClusterException(Failure.IO, operation + " was interrupted", e);
  }

  private <T> T attempt(
      Operation operation, WorkerCall call, CompletableFuture<T> answer, int position)
      throws AttemptException, ClusterException {
    Connection connection = choose(Placement.key(operation.path()), position);
    connection.send(call);
    // The connection ends the call by its deadline; the slack is for a stalled event loop.
    long slack = TimeUnit.MILLISECONDS.toNanos(2L * Connection.SWEEP_MILLIS);
    while (true) {
      long left = Math.max(0, call.deadlineNanos() - System.nanoTime());
      try {
        return answer.get(left + slack, TimeUnit.NANOSECONDS);
      } catch (ExecutionException e) {
        if (e.getCause() instanceof AttemptException cause) {
          throw cause;
        }
        if (e.getCause() instanceof ClusterException cause) {
          throw cause;
        }
        throw new IllegalStateException(operation + " failed unexpectedly", e);
      } catch (TimeoutException e) {
        if (call.deadlineNanos() - System.nanoTime() <= 0) {
          throw new AttemptException(
              AttemptException.Kind.TIMED_OUT, connection.name() + " did not answer in time", e);
        }
      } catch (InterruptedException e) {
        throw interrupted(operation, e);
      }
    }
  }

  private Connection choose(long key, int position) throws AttemptException {
    RemoteWorker worker = WorkerSelector.rpc(table.view(), key, position);
    Connection connection = worker == null ? null : worker.rpc();
    if (connection == null) {
      throw new AttemptException(
          AttemptException.Kind.NO_CONNECTION, "no worker is connected: " + problems.get());
    }
    return connection;
  }
}
