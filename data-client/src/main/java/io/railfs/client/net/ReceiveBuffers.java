// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.net;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;
import io.railfs.fabric.Transport;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Decides where a connection's bytes are received, and how many at a time. A large payload goes to
 * the very memory that it is meant for, so that nobody copies it, all else to buffers of the
 * channel. Where large payloads come, the head of a reply gets a buffer that holds little more than
 * it; what follows the head is then received in its place.
 *
 * <p>While a large payload arrives, the kernel is to wake the event loop for a good part of it, not
 * for each packet. Where such a part takes long, on a slow network, it is received as it comes, so
 * that those who judge the connection see that it goes on.
 */
public final class ReceiveBuffers implements RecvByteBufAllocator {
  private static final int MAX_RECEIVE = 256 << 10;

  /** A frame's header and body with the checksums of a mebibyte. */
  private static final int HEAD = 512;

  /**
   * From here on a copy of a payload costs more than a system call to receive it where it belongs.
   */
  private static final int LARGE_PAYLOAD = 128 << 10;

  /** Receives, each of up to a page, before the event loop looks after its other connections. */
  private static final int RECEIVES = 16;

  /** Bytes of a payload that are worth to be woken for. */
  private static final int GOOD_PART = 256 << 10;

  /** How long a part of a payload may lie in the kernel, at most twice. */
  private static final int TIMEOUT_MILLIS = 50;

  private final AdaptiveRecvByteBufAllocator others =
      new AdaptiveRecvByteBufAllocator(2 << 10, 16 << 10, MAX_RECEIVE);

  private final Connection connection;
  private int lowWater = 1;
  private boolean watched;
  private boolean received;

  /** For a connection whose channel is registered, and has not received anything. */
  ReceiveBuffers(Connection connection) {
    this.connection = requireNonNull(connection, "connection is null");
    others.maxMessagesPerRead(RECEIVES);
  }

  private void awaitNext() {
    int left = connection.payloadLeft();
    setLowWater(left < GOOD_PART / 2 ? 1 : Math.min(left, GOOD_PART));
    received = true;
    if (lowWater > 1 && !watched) {
      watch();
    }
  }

  private void setLowWater(int bytes) {
    if (bytes != lowWater && connection.channel().isOpen()) {
      lowWater = bytes;
      Transport.lowWater(connection.channel(), bytes);
    }
  }

  private void watch() {
    watched = true;
    received = false;
    Future<?> unused =
        connection
            .channel()
            .eventLoop()
            .schedule(this::look, TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void look() {
    watched = false;
    if (lowWater > 1 && received) {
      watch();
    } else {
      setLowWater(1);
    }
  }

  @Override
  @SuppressWarnings("deprecation")
  public Handle newHandle() {
    return new PlacingHandle((ExtendedHandle) others.newHandle());
  }

  private final class PlacingHandle extends DelegatingHandle implements ExtendedHandle {
    private final ExtendedHandle adaptive;

    PlacingHandle(ExtendedHandle adaptive) {
      super(adaptive);
      this.adaptive = adaptive;
    }

    @Override
    public ByteBuf allocate(ByteBufAllocator allocator) {
      ByteBuf place = connection.place();
      if (place != null) {
        return place;
      }
      return connection.lastPayload() >= LARGE_PAYLOAD
          ? allocator.directBuffer(HEAD, HEAD)
          : super.allocate(allocator);
    }

    @Override
    public void readComplete() {
      super.readComplete();
      awaitNext();
    }

    @Override
    public boolean continueReading(UncheckedBooleanSupplier maybeMoreData) {
      return adaptive.continueReading(maybeMoreData);
    }
  }
}
