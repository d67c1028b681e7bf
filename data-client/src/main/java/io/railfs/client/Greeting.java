package io.railfs.client;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.MessageLite;
import io.railfs.protocol.Frame;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.messages.HelloReply;
import io.railfs.protocol.messages.HelloRequest;
import java.util.function.Consumer;

/** The first exchange of a connection, or a later one that asks for what may have changed. */
final class Greeting extends WorkerCall {
  private final HelloRequest request;
  private final Consumer<HelloReply> answered;
  private final Consumer<AttemptException> failed;
  private final boolean first;
  private HelloReply hello;

  /**
   * @param request how this process introduces itself
   * @param first whether the connection is being set up, for which it has all its time
   */
  Greeting(
      HelloRequest request,
      boolean first,
      long deadlineNanos,
      Consumer<HelloReply> answered,
      Consumer<AttemptException> failed) {
    super(Opcode.HELLO, deadlineNanos);
    this.request = requireNonNull(request, "request is null");
    this.first = first;
    this.answered = answered;
    this.failed = failed;
  }

  @Override
  boolean lastsUntilDeadline() {
    return first;
  }

  @Override
  MessageLite request() {
    return request;
  }

  @Override
  void onReply(Frame reply) throws ProtocolException {
    hello = reply.parse(HelloReply.parser());
  }

  @Override
  void onEnd() {
    answered.accept(hello);
  }

  @Override
  void onFailure(AttemptException cause) {
    failed.accept(cause);
  }
}
