package io.railfs.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.railfs.protocol.Frame;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.messages.ErrorCode;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;

/** One question on an rpc connection; its {@link #answer} are the bodies of the replies. */
final class MetadataCall extends Exchange {
  private final MessageLite request;
  private final long limit;
  private final Queue<ByteString> bodies = new ArrayDeque<>();
  private final CompletableFuture<Queue<ByteString>> answer = new CompletableFuture<>();
  private long bytes;

  /**
   * @param limit bytes of the largest answer
   */
  MetadataCall(Opcode opcode, MessageLite request, long deadlineNanos, long limit) {
    super(opcode, deadlineNanos);
    this.request = request;
    this.limit = limit;
  }

  /** Completes with the bodies, at least one, or with an {@link AttemptException}. */
  CompletableFuture<Queue<ByteString>> answer() {
    return answer;
  }

  @Override
  MessageLite request() {
    return request;
  }

  @Override
  boolean takesSeveralReplies() {
    return opcode() == Opcode.LIST;
  }

  @Override
  void onReply(Frame reply) throws ProtocolException {
    bytes += reply.body().size();
    if (bytes <= limit) {
      bodies.add(reply.body());
    } else {
      bodies.clear();
    }
  }

  @Override
  void onEnd() {
    if (bytes <= limit) {
      answer.complete(bodies);
    } else {
      onFailure(
          AttemptException.refused(
              ErrorCode.INVALID_REQUEST,
              "the listing has more than "
                  + limit
                  + " bytes; raise railfs.client.listing-limit or, on a mount, its memory-limit"));
    }
  }

  @Override
  void onFailure(AttemptException cause) {
    answer.completeExceptionally(cause);
  }
}
