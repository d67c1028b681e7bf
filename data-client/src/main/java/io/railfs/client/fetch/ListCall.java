// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.fetch;

import com.google.protobuf.MessageLite;
import io.railfs.client.ClusterException;
import io.railfs.client.Freshness;
import io.railfs.client.MetadataSource;
import io.railfs.client.net.AttemptException;
import io.railfs.client.net.ReplyValidator;
import io.railfs.client.net.WorkerCall;
import io.railfs.protocol.Frame;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.DirectoryEntry;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.ListReply;
import io.railfs.protocol.messages.ListRequest;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * One attempt at a listing: passes each part's entries on as it arrives, on the event loop, and
 * keeps none of them. What the consumer cannot take as fast as it comes stays in the socket, and at
 * the worker.
 */
public final class ListCall extends WorkerCall {
  /** More than any directory has: a worker that sends so many sends them without end. */
  static final long MAX_ENTRIES = 1L << 26;

  /** A worker that says more does not mean it. */
  private static final long MAX_MILLIS = TimeUnit.DAYS.toMillis(1);

  private final ListRequest request;
  private final CompletableFuture<Void> done = new CompletableFuture<>();
  private final MetadataSource.EntryConsumer entries;
  private final long timeoutNanos;
  private long passed;
  private boolean abandoned;

  ListCall(
      RailPath path, MetadataSource.EntryConsumer entries, long timeoutNanos, Freshness freshness) {
    super(Opcode.LIST, System.nanoTime() + timeoutNanos);
    request =
        ListRequest.newBuilder()
            .setPath(path.toByteString())
            .setMaxAgeMillis(freshness.maxAgeMillis())
            .setSinceMillis(freshness.sinceMillis())
            .setMaxEntries(entries.maxEntries())
            .build();
    this.entries = entries;
    this.timeoutNanos = timeoutNanos;
  }

  /** Completes after the last entry, or with why there are no more. */
  CompletableFuture<Void> done() {
    return done;
  }

  @Override
  protected MessageLite request() {
    return request;
  }

  @Override
  protected void onEnd() {
    done.complete(null);
  }

  @Override
  protected void onFailure(AttemptException cause) {
    done.completeExceptionally(cause);
  }

  @Override
  protected boolean takesSeveralReplies() {
    return true;
  }

  @Override
  protected synchronized void onReply(Frame reply) throws ProtocolException {
    if (abandoned) {
      return;
    }
    ListReply part = reply.parse(ListReply.parser());
    if (reply.header().hasMore() && part.getEntriesCount() == 0) {
      throw new ProtocolException(
          ErrorCode.INVALID_REQUEST, "a part of a listing without entries says that more follow");
    }
    if (passed + part.getEntriesCount() > MAX_ENTRIES) {
      throw new ProtocolException(ErrorCode.INVALID_REQUEST, "a listing does not end");
    }
    extendDeadline(System.nanoTime() + timeoutNanos);
    if (part.getAgeMillis() != 0) {
      entries.age(nanos(part.getAgeMillis()));
    }
    if (part.getTookMillis() != 0) {
      entries.took(nanos(part.getTookMillis()));
    }
    try {
      for (DirectoryEntry entry : part.getEntriesList()) {
        entries.accept(entry.getName(), ReplyValidator.attributes(entry.getAttributes()));
        passed++;
      }
      if (part.getTruncated()) {
        entries.truncated();
      }
    } catch (ClusterException e) {
      abandoned = true;
      done.completeExceptionally(e);
    }
  }

  private static long nanos(long unsignedMillis) {
    long millis = unsignedMillis < 0 ? MAX_MILLIS : Math.min(unsignedMillis, MAX_MILLIS);
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }

  /** Passes nothing on any more; returns how many entries were passed on. */
  synchronized long abandon() {
    abandoned = true;
    return passed;
  }
}
