package io.railfs.client;

import io.railfs.protocol.Frame;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.DirectoryEntry;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.ListReply;
import io.railfs.protocol.messages.ListRequest;
import java.util.concurrent.TimeUnit;

/**
 * One attempt at a listing: tells each part's entries as it arrives, on the event loop, and keeps
 * none of them. What the consumer cannot take as fast as it comes stays in the socket, and at the
 * worker.
 */
final class ListCall extends MetadataCall {
  /** More than any directory has: whoever tells so many tells them without end. */
  static final long MAX_ENTRIES = 1L << 26;

  /** A worker that says more does not mean it. */
  private static final long MAX_MILLIS = TimeUnit.DAYS.toMillis(1);

  private final MetadataSource.EntryConsumer entries;
  private final long patienceNanos;
  private long told;
  private boolean abandoned;

  ListCall(
      RailPath path,
      MetadataSource.EntryConsumer entries,
      long patienceNanos,
      Freshness freshness) {
    super(
        Opcode.LIST,
        ListRequest.newBuilder()
            .setPath(path.toByteString())
            .setMaxAgeMillis(freshness.maxAgeMillis())
            .setSinceMillis(freshness.sinceMillis())
            .build(),
        System.nanoTime() + patienceNanos);
    this.entries = entries;
    this.patienceNanos = patienceNanos;
  }

  @Override
  boolean takesSeveralReplies() {
    return true;
  }

  @Override
  synchronized void onReply(Frame reply) throws ProtocolException {
    if (abandoned) {
      return;
    }
    ListReply part = reply.parse(ListReply.parser());
    if (reply.header().hasMore() && part.getEntriesCount() == 0) {
      throw new ProtocolException(
          ErrorCode.INVALID_REQUEST, "a part of a listing without entries says that more follow");
    }
    if (told + part.getEntriesCount() > MAX_ENTRIES) {
      throw new ProtocolException(ErrorCode.INVALID_REQUEST, "a listing does not end");
    }
    extendDeadline(System.nanoTime() + patienceNanos);
    if (part.getAgeMillis() != 0) {
      entries.age(nanos(part.getAgeMillis()));
    }
    if (part.getTookMillis() != 0) {
      entries.took(nanos(part.getTookMillis()));
    }
    try {
      for (DirectoryEntry entry : part.getEntriesList()) {
        entries.accept(entry.getName(), ReplyValidator.attributes(entry.getAttributes()));
        told++;
      }
    } catch (ClusterException e) {
      abandoned = true;
      answer().completeExceptionally(e);
    }
  }

  private static long nanos(long unsignedMillis) {
    long millis = unsignedMillis < 0 ? MAX_MILLIS : Math.min(unsignedMillis, MAX_MILLIS);
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }

  /** Nothing is told any more; returns how many entries were. */
  synchronized long abandon() {
    abandoned = true;
    return told;
  }
}
