// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.protocol;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.DiscardUnknownFieldsParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import java.io.IOException;

/**
 * Parses bodies of peers that may lie. A body of tiny fields could become a hundred times its size
 * in objects: so unknown fields are not kept, and the fields of large bodies are counted before any
 * object is made.
 */
public final class Bodies {
  /** Bodies up to here become no more than a few megabytes, whatever they hold. */
  private static final int UNCOUNTED = 64 << 10;

  /** Most fields of a larger body: a part of a listing has a few thousand. */
  static final int MAX_FIELDS = 16_384;

  private Bodies() {}

  /** Parses a body. */
  public static <M extends Message> M parse(ByteString body, Parser<M> parser)
      throws InvalidProtocolBufferException {
    if (body.size() > UNCOUNTED) {
      count(body);
    }
    return DiscardUnknownFieldsParser.wrap(parser).parseFrom(body);
  }

  private static void count(ByteString body) throws InvalidProtocolBufferException {
    CodedInputStream in = body.newCodedInput();
    int fields = 0;
    try {
      for (int tag = in.readTag(); tag != 0 && in.skipField(tag); tag = in.readTag()) {
        if (++fields > MAX_FIELDS) {
          throw new InvalidProtocolBufferException("more than " + MAX_FIELDS + " fields");
        }
      }
    } catch (InvalidProtocolBufferException e) {
      throw e;
    } catch (IOException e) {
      throw new InvalidProtocolBufferException(e);
    }
  }
}
