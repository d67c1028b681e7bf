// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.net;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.MessageLite;
import io.railfs.protocol.Frame;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.ProtocolException;
import java.util.function.BiConsumer;

/** One message to a worker and one back. */
public final class UnaryCall<T> extends WorkerCall {
  /** Makes a result of the header and body of a reply. */
  public interface ReplyParser<T> {
    T parse(Frame reply) throws ProtocolException;
  }

  private final MessageLite request;
  private final ReplyParser<T> parser;
  private final BiConsumer<T, AttemptException> ended;
  private boolean lastsUntilDeadline;
  private T result;

  /**
   * @param ended called once by the connection's event loop: with the result and null, or with null
   *     and why there is none
   */
  public UnaryCall(
      Opcode opcode,
      MessageLite request,
      long deadlineNanos,
      ReplyParser<T> parser,
      BiConsumer<T, AttemptException> ended) {
    super(opcode, deadlineNanos);
    this.request = requireNonNull(request, "request is null");
    this.parser = requireNonNull(parser, "parser is null");
    this.ended = requireNonNull(ended, "ended is null");
  }

  /** Has silence end it only at its deadline; to be called before it is sent. */
  UnaryCall<T> untilDeadline() {
    lastsUntilDeadline = true;
    return this;
  }

  @Override
  protected boolean lastsUntilDeadline() {
    return lastsUntilDeadline;
  }

  @Override
  protected MessageLite request() {
    return request;
  }

  @Override
  protected void onReply(Frame reply) throws ProtocolException {
    result = parser.parse(reply);
  }

  @Override
  protected void onEnd() {
    ended.accept(result, null);
  }

  @Override
  protected void onFailure(AttemptException cause) {
    ended.accept(null, cause);
  }
}
