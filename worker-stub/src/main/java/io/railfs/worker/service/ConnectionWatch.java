// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.util.concurrent.Future;
import io.railfs.protocol.FrameDecoder;
import java.util.concurrent.TimeUnit;

/**
 * Ends a connection that says nothing: no HELLO, no request, no end of one that it began, or a peer
 * that takes next to nothing of what is sent. Bytes that drip in or are taken one by one prolong
 * nothing. Looks at the connection twice within the shortest time-out, so that each is exceeded by
 * half of it at most. Used by its event loop alone.
 */
final class ConnectionWatch implements Runnable {
  private static final int LOOKS_PER_TIMEOUT = 2;

  /** Less than this, or than a whole reply, in all of the stall timeout is nothing. */
  private static final long MIN_PROGRESS = 16 << 10;

  /** The stall timeout, in milliseconds, while replies that nobody takes fill the memory. */
  private static final long SHORT_STALL = 2_000;

  private final Channel channel;
  private final ServiceState state;
  private final ServiceLimits limits;
  private final FrameDecoder decoder;
  private final ServerAuthenticator authenticator;
  private final Future<?> schedule;
  private boolean greeted;
  private int requests;
  private long activeAt = System.nanoTime();
  private long writtenAt = activeAt;
  private long written;
  private long lastWritten;
  private long lastProgress;

  /** When the frame that is on its way was first seen, and its number. */
  private long heldSince = activeAt;

  private long heldFrame = -1;

  private ConnectionWatch(
      Channel channel,
      ServiceState state,
      FrameDecoder decoder,
      ServerAuthenticator authenticator) {
    this.channel = channel;
    this.state = state;
    this.limits = state.limits();
    this.decoder = decoder;
    this.authenticator = authenticator;
    long period = Math.max(5, shortest() / LOOKS_PER_TIMEOUT);
    this.schedule =
        channel.eventLoop().scheduleWithFixedDelay(this, period, period, TimeUnit.MILLISECONDS);
  }

  /**
   * The decoder knows of frames that are on their way, the authenticator whether what let it in
   * holds.
   */
  static ConnectionWatch start(
      Channel channel,
      ServiceState state,
      FrameDecoder decoder,
      ServerAuthenticator authenticator) {
    return new ConnectionWatch(channel, state, decoder, authenticator);
  }

  private long shortest() {
    long hears = Math.min(limits.handshakeTimeout(), limits.frameTimeout());
    return Math.min(hears, Math.min(limits.idleTimeout(), limits.stallTimeout()));
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
    noteProgress(outbound, now);
    noteFrame(now);
    if (!greeted && past(activeAt, now, limits.handshakeTimeout())) {
      end(CloseReason.NO_HELLO);
    } else if (heldFrame >= 0 && past(heldSince, now, limits.frameTimeout())) {
      end(CloseReason.INCOMPLETE_FRAME);
    } else if (authenticator.isRevoked()) {
      end(CloseReason.CREDENTIAL_REVOKED);
    } else if (past(writtenAt, now, stallTimeout())) {
      end(CloseReason.STALLED);
    } else if (greeted && requests == 0 && past(activeAt, now, limits.idleTimeout())) {
      end(CloseReason.IDLE);
    }
  }

  private long stallTimeout() {
    long timeout = limits.stallTimeout();
    return state.budgets().isShort() ? Math.min(timeout, SHORT_STALL) : timeout;
  }

  private void noteProgress(ChannelOutboundBuffer outbound, long now) {
    long progress = outbound.currentProgress();
    if (outbound.isEmpty()
        || written != lastWritten
        || progress < lastProgress
        || progress - lastProgress >= MIN_PROGRESS) {
      lastWritten = written;
      lastProgress = progress;
      writtenAt = now;
    }
  }

  /** While the worker itself does not read, a frame cannot go on. */
  private void noteFrame(long now) {
    if (decoder.held() == 0 || !channel.config().isAutoRead()) {
      heldFrame = -1;
    } else if (heldFrame != decoder.frames()) {
      heldFrame = decoder.frames();
      heldSince = now;
    }
  }

  private static boolean past(long since, long now, long timeoutMillis) {
    return now - since > TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
  }

  private void end(CloseReason why) {
    state.closeStats().add(why, channel.remoteAddress(), "");
    ChannelFuture unused = channel.close();
  }
}
