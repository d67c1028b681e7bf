// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.s3;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.railfs.fabric.Transport;
import java.io.IOException;

/** One connection of a client; it may ask many times. */
final class S3Connection extends SimpleChannelInboundHandler<HttpObject> {
  private static final String HEAD = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

  /** Of a bucket in the first region. */
  private static final String LOCATION =
      HEAD + "<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"/>";

  private final Bucket bucket;

  S3Connection(Bucket bucket) {
    this.bucket = bucket;
  }

  /** Bodies of requests are passed over. */
  @Override
  protected void channelRead0(ChannelHandlerContext context, HttpObject object) {
    if (object instanceof HttpRequest request) {
      boolean again = request.decoderResult().isSuccess() && HttpUtil.isKeepAlive(request);
      Object last;
      try {
        last = answer(context, request, again);
      } catch (S3Refusal refusal) {
        last = refusal(refusal.fault(), again);
      } catch (IOException | IllegalArgumentException e) {
        System.err.println(request.uri() + ": " + e);
        last = refusal(S3Fault.INTERNAL, again);
      }
      ChannelFuture written = context.writeAndFlush(last);
      if (!again) {
        written.addListener(ChannelFutureListener.CLOSE);
      }
    }
  }

  private Object answer(ChannelHandlerContext context, HttpRequest request, boolean again)
      throws S3Refusal, IOException {
    boolean head = request.method().equals(HttpMethod.HEAD);
    if (!head && !request.method().equals(HttpMethod.GET)) {
      throw S3Fault.NOT_ALLOWED.refusal();
    }
    QueryStringDecoder uri = new QueryStringDecoder(request.uri());
    String path = uri.path();
    String place = "/" + bucket.name();
    if (path.equals(place) || path.equals(place + "/")) {
      return text(HttpResponseStatus.OK, head ? "" : about(uri), again);
    }
    if (!path.startsWith(place + "/")) {
      throw S3Fault.NO_BUCKET.refusal();
    }
    StoredObject object =
        bucket.find(path.substring(place.length() + 1)).orElseThrow(S3Fault.NO_KEY::refusal);
    return ObjectAnswer.begin(context, request, object, again);
  }

  /** Of the bucket, where it is, else what is in it. */
  private String about(QueryStringDecoder uri) throws S3Refusal, IOException {
    if (uri.parameters().containsKey("location")) {
      return LOCATION;
    }
    ListRequest request = ListRequest.of(uri.parameters());
    return ListXml.of(bucket.name(), request, KeyWalk.page(bucket, request));
  }

  private static Object refusal(S3Fault fault, boolean again) {
    String text =
        "<Error><Code>%s</Code><Message>%s</Message></Error>"
            .formatted(fault.code(), fault.status().reasonPhrase());
    return text(fault.status(), HEAD + text, again);
  }

  private static Object text(HttpResponseStatus status, String text, boolean again) {
    ByteBuf bytes = ByteBufUtil.writeUtf8(Transport.BUFFERS, text);
    DefaultFullHttpResponse response =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, bytes);
    response.headers().set(HttpHeaderNames.CONTENT_LENGTH, bytes.readableBytes());
    response.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/xml");
    HttpUtil.setKeepAlive(response, again);
    return response;
  }

  /** A client that went away. */
  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (!(cause instanceof IOException)) {
      System.err.println("a connection ended: " + cause);
    }
    var unused = context.close();
  }
}
