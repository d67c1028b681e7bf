// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.listings;

import com.google.protobuf.InvalidProtocolBufferException;
import io.railfs.protocol.messages.ListReply;
import io.railfs.worker.ufs.UfsException;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Takes a listing as a connection does, at its own pace. For one thread. */
public final class ListingReader implements AutoCloseable {
  private static final long TIMEOUT_SECONDS = 60;

  private final Parts parts;
  private final Semaphore more = new Semaphore(0);
  private final Set<String> names = new LinkedHashSet<>();
  private long ageMillis;
  private boolean ended;

  public ListingReader(Parts parts) {
    this.parts = parts;
  }

  /** Takes one part. */
  public void read() throws UfsException, InterruptedException {
    Part part = parts.next(more::release);
    while (part == null) {
      if (!more.tryAcquire(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("no more came of the listing");
      }
      part = parts.next(more::release);
    }
    try {
      ListReply reply = ListReply.parseFrom(part.body());
      ageMillis = Math.max(ageMillis, reply.getAgeMillis());
      reply.getEntriesList().forEach(entry -> names.add(entry.getName().toStringUtf8()));
      if (!part.isLast() && reply.getEntriesCount() == 0) {
        throw new AssertionError("a part that is not the last one has no entries");
      }
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError("a part is no reply", e);
    }
    ended = part.isLast();
  }

  /** Takes the rest; returns all names. */
  public Set<String> readAll() throws UfsException, InterruptedException {
    try {
      while (!ended) {
        read();
      }
    } finally {
      close();
    }
    return names;
  }

  /** How old it said that it was. */
  public long ageMillis() {
    return ageMillis;
  }

  @Override
  public void close() {
    parts.close();
  }
}
