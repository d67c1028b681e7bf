// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

import com.google.protobuf.ByteString;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.EntryType;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.worker.ufs.Listing;
import io.railfs.worker.ufs.Ufs;
import io.railfs.worker.ufs.UfsException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A UFS whose stats hang until the gate opens, and whose directories have a million entries. */
final class EndlessUfs implements Ufs {
  static final int ENTRIES = 1_000_000;

  final CountDownLatch gate = new CountDownLatch(1);
  final AtomicInteger listed = new AtomicInteger();
  final AtomicInteger open = new AtomicInteger();

  /** What it throws at requests about metadata; null where it answers. */
  volatile Error error;

  private static final Attributes FILE =
      new Attributes(EntryType.REGULAR, 0644, 0, 0, 1, 1, 1, "", ByteString.EMPTY);

  @Override
  public void probe(long millis) {}

  @Override
  public String identity(RailPath path) {
    return "endless";
  }

  @Override
  public Attributes stat(RailPath path) throws UfsException {
    throwError();
    await();
    return FILE;
  }

  private void await() throws UfsException {
    try {
      if (!gate.await(30, TimeUnit.SECONDS)) {
        throw new UfsException(ErrorCode.UFS_FAILED, "the test forgot to open the gate");
      }
    } catch (InterruptedException e) {
      throw new UfsException(ErrorCode.UFS_FAILED, "interrupted", e);
    }
  }

  private void throwError() {
    Error thrown = error;
    if (thrown != null) {
      throw thrown;
    }
  }

  @Override
  public Listing list(RailPath path) {
    throwError();
    open.incrementAndGet();
    return new Listing() {
      private int next;
      private boolean closed;

      @Override
      public Entry next() {
        if (next == ENTRIES) {
          return null;
        }
        listed.incrementAndGet();
        return new Entry(ByteString.copyFromUtf8("entry-" + next++), FILE);
      }

      @Override
      public void close() {
        if (!closed) {
          closed = true;
          open.decrementAndGet();
        }
      }
    };
  }

  @Override
  public Map<ByteString, ByteString> xattrs(RailPath path) {
    return Map.of();
  }

  @Override
  public Space space() {
    return new Space(3, 2, 1);
  }

  @Override
  public void read(RailPath path, FileVersion version, long offset, ByteBuffer target)
      throws UfsException {
    await();
    while (target.hasRemaining()) {
      target.put((byte) 7);
    }
  }

  @Override
  public void close() {}
}
