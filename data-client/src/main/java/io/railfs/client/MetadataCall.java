package io.railfs.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.railfs.protocol.Frame;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.ProtocolException;
import java.util.concurrent.CompletableFuture;

/** One question on an rpc connection; its {@link #answer} is the body of the last reply. */
class MetadataCall extends WorkerCall {
  private final MessageLite request;
  private final CompletableFuture<ByteString> answer = new CompletableFuture<>();
  private ByteString body = ByteString.EMPTY;

  MetadataCall(Opcode opcode, MessageLite request, long deadlineNanos) {
    super(opcode, deadlineNanos);
    this.request = request;
  }

  /** Completes with the body, or with an {@link AttemptException}. */
  final CompletableFuture<ByteString> answer() {
    return answer;
  }

  @Override
  final MessageLite request() {
    return request;
  }

  @Override
  void onReply(Frame reply) throws ProtocolException {
    body = reply.body();
  }

  @Override
  void onEnd() {
    answer.complete(body);
  }

  @Override
  final void onFailure(AttemptException cause) {
    answer.completeExceptionally(cause);
  }
}
