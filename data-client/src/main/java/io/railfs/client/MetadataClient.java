package io.railfs.client;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.railfs.client.ClusterException.Failure;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.DirectoryEntry;
import io.railfs.protocol.messages.ListReply;
import io.railfs.protocol.messages.ListRequest;
import io.railfs.protocol.messages.StatFsReply;
import io.railfs.protocol.messages.StatFsRequest;
import io.railfs.protocol.messages.StatReply;
import io.railfs.protocol.messages.StatRequest;
import io.railfs.protocol.messages.Xattr;
import io.railfs.protocol.messages.XattrReply;
import io.railfs.protocol.messages.XattrRequest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks the rpc services of the workers, each path first its own worker, so that the questions
 * spread and meet what that worker remembers.
 *
 * <p>A listing is held as it came, unparsed, until its last reply is there; then the entries are
 * told, and each reply is let go of. So a listing that breaks off starts anew without an entry told
 * twice, at the price of about 80 bytes an entry, up to railfs.client.listing-limit.
 */
final class MetadataClient implements MetadataSource {
  private final Membership membership;
  private final PageClient.Unreachable unreachable;
  private final long listingLimit;
  private final CountDownLatch closed = new CountDownLatch(1);

  MetadataClient(Membership membership, PageClient.Unreachable unreachable, long listingLimit) {
    this.membership = requireNonNull(membership, "membership is null");
    this.unreachable = requireNonNull(unreachable, "unreachable is null");
    this.listingLimit = listingLimit;
  }

  @Override
  public Attributes stat(RailPath path, long deadlineNanos) throws ClusterException {
    StatRequest request = StatRequest.newBuilder().setPath(path.toByteString()).build();
    Question question = new Question(Opcode.STAT, request, path, deadlineNanos);
    return Attributes.of(parse(question, ask(question), StatReply.parser()).getAttributes());
  }

  @Override
  public void list(RailPath path, EntryConsumer entries, long deadlineNanos)
      throws ClusterException {
    requireNonNull(entries, "entries is null");
    ListRequest request = ListRequest.newBuilder().setPath(path.toByteString()).build();
    Question question = new Question(Opcode.LIST, request, path, deadlineNanos);
    Queue<ByteString> replies = ask(question);
    while (!replies.isEmpty()) {
      ListReply reply = parse(question, replies, ListReply.parser());
      for (DirectoryEntry entry : reply.getEntriesList()) {
        entries.accept(entry.getName(), Attributes.of(entry.getAttributes()));
      }
    }
  }

  @Override
  public Map<ByteString, ByteString> xattrs(RailPath path, long deadlineNanos)
      throws ClusterException {
    XattrRequest request = XattrRequest.newBuilder().setPath(path.toByteString()).build();
    Question question = new Question(Opcode.XATTR, request, path, deadlineNanos);
    XattrReply reply = parse(question, ask(question), XattrReply.parser());
    Map<ByteString, ByteString> xattrs = new LinkedHashMap<>();
    for (Xattr xattr : reply.getAttributesList()) {
      xattrs.put(xattr.getName(), xattr.getValue());
    }
    return xattrs;
  }

  @Override
  public Space space(long deadlineNanos) throws ClusterException {
    Question question =
        new Question(
            Opcode.STATFS, StatFsRequest.getDefaultInstance(), RailPath.ROOT, deadlineNanos);
    StatFsReply reply = parse(question, ask(question), StatFsReply.parser());
    return new Space(reply.getTotalBytes(), reply.getFreeBytes(), reply.getAvailableBytes());
  }

  /** Ends every wait. */
  void close() {
    closed.countDown();
  }

  private record Question(Opcode opcode, MessageLite request, RailPath path, long deadlineNanos) {
    /** For messages. */
    @Override
    public String toString() {
      return opcode + " of " + path;
    }
  }

  private static <M extends MessageLite> M parse(
      Question question, Queue<ByteString> bodies, Parser<M> parser) throws ClusterException {
    try {
      return parser.parseFrom(bodies.remove());
    } catch (InvalidProtocolBufferException e) {
      throw new ClusterException(
          Failure.IO, question + " failed: the worker's answer is not valid protobuf", e);
    }
  }

  private Queue<ByteString> ask(Question question) throws ClusterException {
    RetryPlan plan = new RetryPlan(question, question.deadlineNanos());
    try {
      while (true) {
        AttemptException failure;
        try {
          return attempt(question, plan.position());
        } catch (AttemptException e) {
          failure = e;
        }
        ClusterException end = plan.failed(failure, membership.members().workers().size());
        if (end != null) {
          throw end;
        }
        if (closed.await(plan.delayNanos(), TimeUnit.NANOSECONDS)) {
          throw new ClusterException(Failure.CLOSED, question + " failed: the client was closed");
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClusterException(Failure.IO, question + " was interrupted", e);
    }
  }

  private Queue<ByteString> attempt(Question question, int position)
      throws AttemptException, InterruptedException {
    Connection connection = choose(Placement.key(question.path()), position);
    MetadataCall call =
        new MetadataCall(
            question.opcode(), question.request(), question.deadlineNanos(), listingLimit);
    connection.send(call);
    try {
      // The connection ends the call by its deadline; the rest is for a stalled event loop.
      long left = question.deadlineNanos() - System.nanoTime();
      long slack = TimeUnit.MILLISECONDS.toNanos(2L * Connection.SWEEP_MILLIS);
      return call.answer().get(Math.max(0, left) + slack, TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof AttemptException cause) {
        throw cause;
      }
      throw new IllegalStateException(question + " failed unexpectedly", e);
    } catch (TimeoutException e) {
      throw new AttemptException(
          AttemptException.Kind.TIMED_OUT, connection.name() + " did not answer in time", e);
    }
  }

  private Connection choose(long key, int position) throws AttemptException {
    Worker worker = Choice.rpc(membership.members(), key, position);
    Connection connection = worker == null ? null : worker.rpc();
    if (connection == null) {
      throw new AttemptException(
          AttemptException.Kind.NO_CONNECTION, "no worker is connected: " + unreachable.reasons());
    }
    return connection;
  }
}
