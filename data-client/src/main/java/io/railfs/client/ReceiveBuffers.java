package io.railfs.client;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/**
 * Decides where a connection's bytes are received: a large payload in the very memory that it is
 * meant for, so that nobody copies it, all else in buffers of the channel. Where large payloads
 * come, the head of a reply gets a buffer that holds little more than it; what follows the head is
 * then received in its place.
 */
final class ReceiveBuffers implements RecvByteBufAllocator {
  private static final int MAX_RECEIVE = 256 << 10;

  /** A frame's header and body with the checksums of a mebibyte. */
  private static final int HEAD = 512;

  private final AdaptiveRecvByteBufAllocator others =
      new AdaptiveRecvByteBufAllocator(2 << 10, 16 << 10, MAX_RECEIVE);

  private final Connection connection;

  ReceiveBuffers(Connection connection) {
    this.connection = requireNonNull(connection, "connection is null");
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
      return connection.receivesLargePayloads()
          ? allocator.directBuffer(HEAD, HEAD)
          : super.allocate(allocator);
    }

    @Override
    public boolean continueReading(UncheckedBooleanSupplier maybeMoreData) {
      return adaptive.continueReading(maybeMoreData);
    }
  }
}
