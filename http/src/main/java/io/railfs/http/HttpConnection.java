// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.util.concurrent.Future;
import io.railfs.fabric.ConnectionLimiter;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection: a request, its answer, the next request. The client has timeoutMillis for each
 * step: from the start to a whole request, from an answer to its last byte taken, and from there to
 * the next whole request. Methods are called by the connection's event loop.
 */
final class HttpConnection extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final Logger log = LoggerFactory.getLogger(HttpConnection.class);

  private final HttpRoutes routes;
  private final Executor executor;
  private final ConnectionLimiter limiter;
  private final long timeoutMillis;
  private Future<?> deadline;
  private boolean answering;

  HttpConnection(
      HttpRoutes routes, Executor executor, ConnectionLimiter limiter, long timeoutMillis) {
    this.routes = routes;
    this.executor = executor;
    this.limiter = limiter;
    this.timeoutMillis = timeoutMillis;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    startDeadline(ctx);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    deadline.cancel(false);
  }

  private void startDeadline(ChannelHandlerContext ctx) {
    if (deadline != null) {
      deadline.cancel(false);
    }
    deadline = ctx.executor().schedule(() -> close(ctx), timeoutMillis, TimeUnit.MILLISECONDS);
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest message) {
    if (answering) {
      // Another request before the answer to the last one: no client that is meant does that.
      close(ctx);
      return;
    }
    answering = true;
    limiter.setEvictable(ctx.channel(), false);
    deadline.cancel(false);
    if (message.decoderResult().isFailure()) {
      Throwable cause = message.decoderResult().cause();
      int status = cause instanceof TooLongFrameException ? 431 : 400;
      write(ctx, HttpResponse.error(status, "the request cannot be read"), false, false);
      return;
    }
    boolean keepAlive = HttpUtil.isKeepAlive(message);
    boolean head = message.method().equals(HttpMethod.HEAD);
    ctx.channel().config().setAutoRead(false);
    try {
      HttpRequest request = request(message, head);
      executor.execute(
          () -> {
            HttpResponse response = routes.answer(request);
            onLoop(ctx, () -> write(ctx, response, keepAlive, head));
          });
    } catch (IllegalArgumentException e) {
      log.debug("{} sent a bad request", ctx.channel().remoteAddress(), e);
      write(ctx, HttpResponse.error(400, "the request cannot be read"), false, head);
    } catch (RejectedExecutionException e) {
      log.debug("no thread is free for {}", ctx.channel().remoteAddress(), e);
      write(ctx, HttpResponse.error(503, "too many requests wait; try again"), false, head);
    }
  }

  private static void onLoop(ChannelHandlerContext ctx, Runnable task) {
    try {
      ctx.executor().execute(task);
    } catch (RejectedExecutionException e) {
      log.debug("{} gets no answer: the server is closing", ctx.channel().remoteAddress(), e);
    }
  }

  private static HttpRequest request(FullHttpRequest message, boolean head) {
    QueryStringDecoder uri = new QueryStringDecoder(message.uri());
    Map<String, String> query = new HashMap<>();
    uri.parameters().forEach((name, values) -> query.put(name, last(values)));
    Map<String, String> headers = new HashMap<>();
    for (Map.Entry<String, String> header : message.headers()) {
      headers.putIfAbsent(header.getKey().toLowerCase(Locale.ROOT), header.getValue());
    }
    return new HttpRequest(
        head ? "GET" : message.method().name(),
        uri.path(),
        query,
        headers,
        message.content().toString(UTF_8));
  }

  private static String last(List<String> values) {
    return values.get(values.size() - 1);
  }

  private void write(
      ChannelHandlerContext ctx, HttpResponse response, boolean keepAlive, boolean head) {
    byte[] bytes = response.body().getBytes(UTF_8);
    ByteBuf body = head ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(bytes);
    DefaultFullHttpResponse message =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(response.status()), body);
    HttpHeaders headers = message.headers();
    headers.set(HttpHeaderNames.CONTENT_TYPE, response.type());
    headers.set(HttpHeaderNames.CONTENT_LENGTH, bytes.length);
    headers.set(HttpHeaderNames.CACHE_CONTROL, "no-store");
    headers.set("x-content-type-options", "nosniff");
    headers.set("referrer-policy", "no-referrer");
    headers.set("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
    response.headers().forEach(headers::set);
    if (!keepAlive) {
      headers.set(HttpHeaderNames.CONNECTION, "close");
    }
    startDeadline(ctx);
    ChannelFuture written = ctx.writeAndFlush(message);
    written.addListener(
        future -> {
          if (!keepAlive || !future.isSuccess()) {
            close(ctx);
            return;
          }
          answering = false;
          limiter.setEvictable(ctx.channel(), true);
          startDeadline(ctx);
          ctx.channel().config().setAutoRead(true);
        });
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    log.debug("connection of {} broke", ctx.channel().remoteAddress(), cause);
    close(ctx);
  }

  private static void close(ChannelHandlerContext ctx) {
    ChannelFuture unused = ctx.close();
  }
}
