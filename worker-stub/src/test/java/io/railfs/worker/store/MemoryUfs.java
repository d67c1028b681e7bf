// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store;

import com.google.protobuf.ByteString;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.worker.ufs.Listing;
import io.railfs.worker.ufs.Ufs;
import io.railfs.worker.ufs.UfsException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A UFS where every file exists in every version and byte i of any is a function of i. It can be
 * made to hang and to fail. Only reads.
 */
final class MemoryUfs implements Ufs {
  static final String IDENTITY = "memory";

  final AtomicInteger reads = new AtomicInteger();
  volatile CountDownLatch gate = new CountDownLatch(0);
  volatile boolean failing;

  /** What every read throws; null where they succeed. */
  volatile Error error;

  /** Turns that reads take one by one; null where they need none. */
  volatile Semaphore turns;

  /** What every read from the second on answers; null where they succeed. */
  volatile ErrorCode laterReads;

  static byte byteAt(long position) {
    return (byte) (position * 31 + (position >> 8));
  }

  @Override
  public void probe(long millis) {}

  @Override
  public String identity(RailPath path) {
    return IDENTITY;
  }

  @Override
  public void read(RailPath path, FileVersion version, long offset, ByteBuffer target)
      throws UfsException {
    int read = reads.incrementAndGet();
    Semaphore taken = turns;
    try {
      if (taken != null && !taken.tryAcquire(30, TimeUnit.SECONDS)) {
        throw new UfsException(ErrorCode.UFS_FAILED, "the test forgot to give a turn");
      }
      if (!gate.await(30, TimeUnit.SECONDS)) {
        throw new UfsException(ErrorCode.UFS_FAILED, "the test forgot to open the gate");
      }
    } catch (InterruptedException e) {
      throw new UfsException(ErrorCode.UFS_FAILED, "interrupted", e);
    }
    Error thrown = error;
    if (thrown != null) {
      throw thrown;
    }
    if (failing) {
      throw new UfsException(ErrorCode.UFS_FAILED, "the UFS fails because the test says so");
    }
    ErrorCode later = laterReads;
    if (later != null && read > 1) {
      throw new UfsException(later, "the second read fails because the test says so");
    }
    for (long at = offset; target.hasRemaining(); at++) {
      target.put(byteAt(at));
    }
  }

  @Override
  public Attributes stat(RailPath path) {
    throw new UnsupportedOperationException("only reads");
  }

  @Override
  public Listing list(RailPath path) {
    throw new UnsupportedOperationException("only reads");
  }

  @Override
  public Map<ByteString, ByteString> xattrs(RailPath path) {
    throw new UnsupportedOperationException("only reads");
  }

  @Override
  public Space space() {
    throw new UnsupportedOperationException("only reads");
  }

  @Override
  public void close() {}
}
