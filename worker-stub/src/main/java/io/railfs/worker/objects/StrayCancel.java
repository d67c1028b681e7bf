// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * The SDK says a connection that its request has been given up. Where the request has not begun on
 * it, or has given it back already, the SDK's own handlers warn, with a stack trace, as if
 * something were wrong. Closing the connection is all that it takes then: a request that begins
 * later fails at once and gives it back.
 */
final class StrayCancel extends ChannelInboundHandlerAdapter {
  private static final String CANCEL = "FutureCancelledException";

  /** How Netty names the SDK's handler of answers, which is there as long as a request is. */
  private static final String ATTENDED = "ResponseHandler#";

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    boolean stray =
        cause.getClass().getSimpleName().equals(CANCEL)
            && context.pipeline().names().stream().noneMatch(name -> name.startsWith(ATTENDED));
    if (stray) {
      ChannelFuture unused = context.close();
    } else {
      context.fireExceptionCaught(cause);
    }
  }
}
