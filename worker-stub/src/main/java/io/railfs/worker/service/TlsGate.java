// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.railfs.fabric.trust.Trust;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.messages.ErrorCode;
import java.util.List;

/**
 * Looks at the first byte of a connection: gives its place to TLS, or answers a client that speaks
 * plain RailFS, in its own language, what is wrong.
 */
final class TlsGate extends ByteToMessageDecoder {
  /** Of a TLS record with a handshake in it. */
  private static final byte HANDSHAKE = 22;

  private final Trust trust;
  private final long handshakeMillis;
  private boolean refused;

  TlsGate(Trust trust, long handshakeMillis) {
    this.trust = requireNonNull(trust, "trust is null");
    this.handshakeMillis = handshakeMillis;
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    if (in.getByte(in.readerIndex()) == HANDSHAKE) {
      ctx.pipeline().replace(this, "tls", trust.serverHandler(ctx.alloc(), handshakeMillis));
      return;
    }
    in.skipBytes(in.readableBytes());
    if (!refused) {
      refused = true;
      ctx.fireExceptionCaught(
          new ProtocolException(
              ErrorCode.UNTRUSTED,
              "this worker speaks TLS only; set railfs.security.tls.enabled = true and railfs.security.tls.ca at the client"));
    }
  }
}
