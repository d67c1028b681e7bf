// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.net;

import io.railfs.protocol.Attributes;
import io.railfs.protocol.Chunks;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.Printable;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.DataEndpoint;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.FileAttributes;
import io.railfs.protocol.messages.FileType;
import io.railfs.protocol.messages.HelloReply;
import java.util.List;

/**
 * Checks what workers send, as they may lie: nothing that is kept or logged is larger or odder than
 * a worker has reason to send.
 */
public final class ReplyValidator {
  private static final int MAX_SENTENCE = 300;
  private static final int MAX_IDENTITY = 128;
  private static final int MAX_ENDPOINTS = 64;
  private static final int MAX_HOST = 255;
  private static final int MAX_DEVICE = 15;
  private static final int MAX_ETAG = FileVersion.MAX_ETAG_LENGTH;
  private static final int MAX_PORT = 65_535;

  private ReplyValidator() {}

  /** For messages and logs: one line of no more than a few hundred visible characters. */
  public static String sentence(String text) {
    String start = text.length() > MAX_SENTENCE ? text.substring(0, MAX_SENTENCE) + "..." : text;
    return Printable.text(start);
  }

  /**
   * Attributes that a file can have.
   *
   * @throws ProtocolException where they are none
   */
  public static Attributes attributes(FileAttributes sent) throws ProtocolException {
    boolean known = sent.getType() != FileType.UNRECOGNIZED;
    Attributes attributes =
        Attributes.of(known ? sent : sent.toBuilder().setType(FileType.OTHER).build());
    if (attributes.size() < 0 || (attributes.mode() & ~07777) != 0) {
      throw invalid("it sent attributes that no file has");
    }
    if (attributes.etag().length() > MAX_ETAG
        || attributes.symlinkTarget().size() > RailPath.MAX_LENGTH) {
      throw invalid("it sent an etag or a symlink target that is too long");
    }
    return attributes;
  }

  /**
   * What is wrong with a HELLO reply, as the end of a sentence about the worker; null for nothing.
   */
  public static String problem(HelloReply hello) {
    if (hello.getWorkerId().isEmpty()) {
      return "did not send its identity";
    }
    if (hello.getWorkerId().length() > MAX_IDENTITY) {
      return "sent an identity of more than " + MAX_IDENTITY + " characters";
    }
    if (!Chunks.isBlockSize(hello.getBlockSize())) {
      return "has blocks of " + hello.getBlockSize() + " bytes, which this release cannot use";
    }
    if (hello.getDataEndpointsCount() == 0) {
      return "named no data service";
    }
    String problem = problem(hello.getDataEndpointsList(), "data");
    return problem == null ? problem(hello.getRpcEndpointsList(), "rpc") : problem;
  }

  private static String problem(List<DataEndpoint> endpoints, String service) {
    if (endpoints.size() > MAX_ENDPOINTS) {
      return "named more than " + MAX_ENDPOINTS + " endpoints of its " + service + " service";
    }
    for (DataEndpoint named : endpoints) {
      if (named.getPort() < 1 || named.getPort() > MAX_PORT) {
        return "named " + service + " port " + named.getPort();
      }
      if (named.getAddress().length() > MAX_HOST || named.getDevice().length() > MAX_DEVICE) {
        return "named an address or a device of its " + service + " service that is too long";
      }
    }
    return null;
  }

  private static ProtocolException invalid(String sentence) {
    return new ProtocolException(ErrorCode.INVALID_REQUEST, sentence);
  }
}
