// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric;

import static java.util.Objects.requireNonNull;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import io.railfs.base.LogLimiter;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes what goes wrong when a listening socket takes a connection: mostly the process has no
 * descriptor left. It goes on a second later, as the kernel would report the same at once, again
 * and again; the connections that are there are served meanwhile, and new ones wait in the kernel.
 * One for each listening socket; used by its event loop alone.
 */
final class AcceptPause extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(AcceptPause.class);

  private static final long PAUSE_SECONDS = 1;
  private static final Duration LOG_INTERVAL = Duration.ofSeconds(10);

  private final String name;
  private final Runnable failed;
  private final LogLimiter logLimiter = new LogLimiter(LOG_INTERVAL);

  /**
   * @param name of the service, for messages
   * @param failed is called at each failure
   */
  AcceptPause(String name, Runnable failed) {
    this.name = requireNonNull(name, "name is null");
    this.failed = requireNonNull(failed, "failed is null");
  }

  /** Goes no further: Netty's own handler behind this one would log each with its stack. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    failed.run();
    if (logLimiter.tryAcquire().isPresent()) {
      log.warn(
          "the {} service cannot take a connection ({}); it tries again every {} s. If files are"
              + " too many, raise the limit of open files (ulimit -n, LimitNOFILE=)",
          name,
          String.valueOf(cause.getMessage()),
          PAUSE_SECONDS);
    }
    Channel socket = ctx.channel();
    if (socket.config().isAutoRead()) {
      socket.config().setAutoRead(false);
      Future<?> unused =
          socket
              .eventLoop()
              .schedule(() -> socket.config().setAutoRead(true), PAUSE_SECONDS, TimeUnit.SECONDS);
    }
  }
}
