// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import java.util.Locale;

/**
 * Turns the request lines of a connection into those that a proxy takes for http: addresses, "GET
 * http://host/path". The SDK would ask the proxy for a tunnel instead, which many give to port 443
 * only. The heads of requests come here as bytes, each in one buffer; none has a body.
 */
final class AbsoluteForm extends ChannelOutboundHandlerAdapter {
  private static final String HOST = "\r\nhost: ";

  /** HEAD. */
  private static final int LONGEST_METHOD = 4;

  private final String credentials;

  /**
   * @param credentials value of Proxy-Authorization; empty for none
   */
  AbsoluteForm(String credentials) {
    this.credentials = credentials;
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    boolean head = message instanceof ByteBuf bytes && isHead(bytes);
    ChannelFuture unused =
        context.write(head ? rewritten(context, (ByteBuf) message) : message, promise);
  }

  private static boolean isHead(ByteBuf bytes) {
    int start = bytes.readerIndex();
    int slash =
        bytes.readableBytes() < LONGEST_METHOD + 2
            ? -1
            : bytes.indexOf(start, start + LONGEST_METHOD + 2, (byte) '/');
    return slash > start && bytes.getByte(slash - 1) == ' ';
  }

  private ByteBuf rewritten(ChannelHandlerContext context, ByteBuf head) {
    String text = head.toString(ISO_8859_1);
    int host = text.toLowerCase(Locale.ROOT).indexOf(HOST);
    if (host < 0) {
      return head;
    }
    int start = host + HOST.length();
    String name = text.substring(start, text.indexOf('\r', start));
    int space = text.indexOf(' ') + 1;
    int end = text.indexOf("\r\n") + 2;
    String login = credentials.isEmpty() ? "" : "Proxy-Authorization: " + credentials + "\r\n";
    String line = text.substring(0, space) + "http://" + name + text.substring(space, end) + login;
    ByteBuf out = context.alloc().buffer(line.length() + text.length());
    out.writeCharSequence(line, ISO_8859_1);
    out.writeCharSequence(text.substring(end), ISO_8859_1);
    head.release();
    return out;
  }
}
