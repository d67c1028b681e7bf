package io.railfs.client;

import com.google.protobuf.MessageLite;
import io.railfs.protocol.Frame;
import io.railfs.protocol.Opcode;
import java.util.function.Consumer;

/** A second greeting: whatever the worker answers, a refusal too, shows that it lives. */
final class Probe extends WorkerCall {
  private final Consumer<AttemptException> ended;

  /**
   * @param deadlineNanos until when the worker may answer
   * @param ended takes the cause where there was no answer, null where there was one
   */
  Probe(long deadlineNanos, Consumer<AttemptException> ended) {
    super(Opcode.HELLO, deadlineNanos);
    this.ended = ended;
  }

  @Override
  MessageLite request() {
    return Identity.HELLO;
  }

  @Override
  void onReply(Frame reply) {}

  @Override
  void onEnd() {
    ended.accept(null);
  }

  @Override
  void onFailure(AttemptException cause) {
    ended.accept(cause.kind() == AttemptException.Kind.REFUSED ? null : cause);
  }
}
