// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.bench;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.railfs.client.ClusterException;
import io.railfs.client.FetchRequest;
import io.railfs.client.FetchSink;
import io.railfs.client.PageSource;
import io.railfs.protocol.Chunks;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A file of the dataset, read through the client without kernel and page cache: the bytes come from
 * a worker, are checked, and dropped. Thread-safe.
 */
public final class ClientFile implements ReadSource {
  private final PageSource pages;
  private final DatasetFile file;
  private final Duration deadline;

  /**
   * @param deadline of each read
   */
  public ClientFile(PageSource pages, DatasetFile file, Duration deadline) {
    this.pages = requireNonNull(pages, "pages is null");
    this.file = requireNonNull(file, "file is null");
    this.deadline = requireNonNull(deadline, "deadline is null");
  }

  @Override
  public long size() {
    return file.version().size();
  }

  @Override
  public void read(long offset, int length) throws IOException, InterruptedException {
    List<Drain> drains = new ArrayList<>();
    long end = Math.min(size(), offset + length);
    long deadlineNanos = System.nanoTime() + deadline.toNanos();
    for (long at = offset - offset % Chunks.SIZE; at < end; ) {
      int run = run(at, end);
      Drain drain = new Drain();
      drains.add(drain);
      pages.fetch(new FetchRequest(file.path(), file.version(), at, run, deadlineNanos), drain);
      at += run;
    }
    for (Drain drain : drains) {
      drain.await(deadline);
    }
  }

  /** Whole chunks from here, as many as one fetch may carry. */
  private int run(long at, long end) {
    long chunksEnd = Math.min(size(), (end + Chunks.SIZE - 1) / Chunks.SIZE * Chunks.SIZE);
    long blockEnd = (at / pages.blockSize() + 1) * pages.blockSize();
    // As large as the largest fetch of a mount.
    return (int) Math.min(FetchRequest.MAX_LENGTH, Math.min(chunksEnd, blockEnd) - at);
  }

  @Override
  public void close() {
    // The client belongs to the caller.
  }

  /** Takes the bytes and keeps none. */
  private static final class Drain implements FetchSink {
    private final CompletableFuture<Void> done = new CompletableFuture<>();

    @Override
    public void write(int position, ByteBuf bytes) {}

    @Override
    public void verified(int position, int length) {}

    @Override
    public void completed() {
      done.complete(null);
    }

    @Override
    public void failed(ClusterException cause) {
      done.completeExceptionally(cause);
    }

    void await(Duration timeout) throws IOException, InterruptedException {
      try {
        // A fetch ends at its deadline; the second beyond it is for the worst case only.
        done.get(timeout.plusSeconds(1).toNanos(), TimeUnit.NANOSECONDS);
      } catch (ExecutionException e) {
        throw new IOException(String.valueOf(e.getCause().getMessage()), e.getCause());
      } catch (TimeoutException e) {
        throw new IOException("a read did not end by its deadline", e);
      }
    }
  }
}
