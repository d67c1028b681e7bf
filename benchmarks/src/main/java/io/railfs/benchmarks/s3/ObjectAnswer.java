// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.s3;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.DefaultFileRegion;
import io.netty.handler.codec.DateFormatter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.util.Date;

/**
 * The answer to a GET or HEAD of an object.
 *
 * @param again whether the connection stays
 */
record ObjectAnswer(StoredObject object, ByteRange range, boolean again) {
  /** Up to here a body is read and leaves with its headers, in one call into the kernel. */
  private static final int COPIED = 64 << 10;

  /** Writes it, but for the last part. */
  static Object begin(
      ChannelHandlerContext context, HttpRequest request, StoredObject object, boolean again)
      throws S3Refusal, IOException {
    HttpHeaders asked = request.headers();
    String wanted = asked.get(HttpHeaderNames.IF_MATCH);
    if (wanted != null && !wanted.equals("*") && !wanted.equals(object.quotedEtag())) {
      throw S3Fault.CHANGED.refusal();
    }
    ByteRange range = ByteRange.of(asked.get(HttpHeaderNames.RANGE), object.size());
    ObjectAnswer answer = new ObjectAnswer(object, range, again);
    return request.method().equals(HttpMethod.HEAD)
        ? answer.headers(context)
        : answer.body(context);
  }

  private Object headers(ChannelHandlerContext context) {
    var unused = context.write(described(new DefaultHttpResponse(HttpVersion.HTTP_1_1, status())));
    return LastHttpContent.EMPTY_LAST_CONTENT;
  }

  private Object body(ChannelHandlerContext context) throws S3Refusal, IOException {
    FileChannel file;
    try {
      file = FileChannel.open(object.file());
    } catch (NoSuchFileException e) {
      throw S3Fault.NO_KEY.refusal();
    }
    if (range.length() <= COPIED) {
      try (file) {
        return copied(context, file);
      }
    }
    headers(context);
    // It closes the file.
    var unused = context.write(new DefaultFileRegion(file, range.offset(), range.length()));
    return LastHttpContent.EMPTY_LAST_CONTENT;
  }

  private HttpResponse copied(ChannelHandlerContext context, FileChannel file) throws IOException {
    int length = (int) range.length();
    ByteBuf bytes = context.alloc().ioBuffer(length);
    boolean whole = false;
    try {
      while (bytes.readableBytes() < length) {
        int read = bytes.readableBytes();
        if (bytes.writeBytes(file, range.offset() + read, length - read) < 0) {
          throw new IOException("the file ended early");
        }
      }
      whole = true;
    } finally {
      if (!whole) {
        bytes.release();
      }
    }
    return described(new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status(), bytes));
  }

  private HttpResponseStatus status() {
    return range.whole() ? HttpResponseStatus.OK : HttpResponseStatus.PARTIAL_CONTENT;
  }

  private HttpResponse described(HttpResponse response) {
    HttpHeaders headers = response.headers();
    headers.set(HttpHeaderNames.CONTENT_LENGTH, Long.toString(range.length()));
    headers.set(HttpHeaderNames.CONTENT_TYPE, "application/octet-stream");
    headers.set(HttpHeaderNames.ACCEPT_RANGES, "bytes");
    headers.set(HttpHeaderNames.ETAG, object.quotedEtag());
    headers.set(HttpHeaderNames.LAST_MODIFIED, DateFormatter.format(Date.from(object.modified())));
    if (!range.whole()) {
      headers.set(HttpHeaderNames.CONTENT_RANGE, range.header(object.size()));
    }
    HttpUtil.setKeepAlive(response, again);
    return response;
  }
}
