package io.railfs.client;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.MessageLite;
import io.railfs.protocol.Frame;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.messages.ProveReply;
import io.railfs.protocol.messages.ProveRequest;
import java.util.function.Consumer;

/** The second exchange of a connection, where both sides prove that they know the secret. */
final class Proving extends WorkerCall {
  private final ProveRequest request;
  private final Consumer<ProveReply> answered;
  private final Consumer<AttemptException> failed;
  private ProveReply answer;

  Proving(
      long deadlineNanos,
      ProveRequest request,
      Consumer<ProveReply> answered,
      Consumer<AttemptException> failed) {
    super(Opcode.PROVE, deadlineNanos);
    this.request = requireNonNull(request, "request is null");
    this.answered = answered;
    this.failed = failed;
  }

  @Override
  boolean lastsUntilDeadline() {
    return true;
  }

  @Override
  MessageLite request() {
    return request;
  }

  @Override
  void onReply(Frame reply) throws ProtocolException {
    answer = reply.parse(ProveReply.parser());
  }

  @Override
  void onEnd() {
    answered.accept(answer);
  }

  @Override
  void onFailure(AttemptException cause) {
    failed.accept(cause);
  }
}
