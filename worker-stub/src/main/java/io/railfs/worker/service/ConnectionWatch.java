package io.railfs.worker.service;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a connection that says nothing: no HELLO, no request, or a peer that takes no byte of what
 * is sent. Looks at the connection a few times within each timeout. Used by its event loop alone.
 */
final class ConnectionWatch implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(ConnectionWatch.class);

  private static final int LOOKS_PER_TIMEOUT = 4;

  private final Channel channel;
  private final ServiceLimits limits;
  private final Entrance entrance;
  private final Future<?> schedule;
  private boolean greeted;
  private int requests;
  private long activeAt = System.nanoTime();
  private long writtenAt = activeAt;
  private long written;
  private long lastWritten;
  private long lastProgress;

  private ConnectionWatch(Channel channel, ServiceLimits limits, Entrance entrance) {
    this.channel = channel;
    this.limits = limits;
    this.entrance = entrance;
    long shortest =
        Math.min(limits.handshakeTimeout(), Math.min(limits.idleTimeout(), limits.stallTimeout()));
    long period = Math.max(5, shortest / LOOKS_PER_TIMEOUT);
    this.schedule =
        channel.eventLoop().scheduleWithFixedDelay(this, period, period, TimeUnit.MILLISECONDS);
  }

  static ConnectionWatch start(Channel channel, ServiceLimits limits, Entrance entrance) {
    return new ConnectionWatch(channel, limits, entrance);
  }

  void stop() {
    schedule.cancel(false);
  }

  void greeted() {
    greeted = true;
    activeAt = System.nanoTime();
  }

  void requestBegan() {
    requests++;
    activeAt = System.nanoTime();
  }

  void requestEnded() {
    requests--;
    written++;
    activeAt = System.nanoTime();
  }

  /** One of several replies to a request went out. */
  void partWritten() {
    written++;
  }

  @Override
  public void run() {
    long now = System.nanoTime();
    ChannelOutboundBuffer outbound = channel.unsafe().outboundBuffer();
    if (outbound == null) {
      return;
    }
    long progress = outbound.currentProgress();
    if (outbound.isEmpty() || written != lastWritten || progress != lastProgress) {
      lastWritten = written;
      lastProgress = progress;
      writtenAt = now;
    }
    if (!greeted && past(activeAt, now, limits.handshakeTimeout())) {
      end("said no HELLO", limits.handshakeTimeout());
    } else if (entrance.isWithdrawn()) {
      log.info("{} came with a secret that was withdrawn; closing it", channel.remoteAddress());
      ChannelFuture unused = channel.close();
    } else if (past(writtenAt, now, limits.stallTimeout())) {
      end("took no byte of a reply", limits.stallTimeout());
    } else if (greeted && requests == 0 && past(activeAt, now, limits.idleTimeout())) {
      end("asked nothing", limits.idleTimeout());
    }
  }

  private static boolean past(long since, long now, long timeoutMillis) {
    return now - since > TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
  }

  private void end(String what, long timeoutMillis) {
    log.info("{} {} for {} ms; closing it", channel.remoteAddress(), what, timeoutMillis);
    ChannelFuture unused = channel.close();
  }
}
