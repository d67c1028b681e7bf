// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount;

import com.google.protobuf.ByteString;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.railfs.client.ClusterException;
import io.railfs.client.ClusterException.Failure;
import io.railfs.client.FetchRequest;
import io.railfs.client.FetchSink;
import io.railfs.client.Freshness;
import io.railfs.client.MetadataSource;
import io.railfs.client.PageSource;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.Chunks;
import io.railfs.protocol.EntryType;
import io.railfs.protocol.RailPath;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A cluster in one process: serves a local directory, with faults on command. Names must be ASCII.
 * For tests of what stands above the client without a network.
 */
public final class DirectorySource implements MetadataSource, PageSource, AutoCloseable {
  /** Between two looks at what holds an answer up. */
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final Path root;
  private final ExecutorService executor = Executors.newFixedThreadPool(4);

  /** Every fetch that was asked for, in order. */
  public final List<FetchRequest> fetches = new CopyOnWriteArrayList<>();

  /** When set, every fetch ends in this failure. */
  public volatile Failure failFetches;

  /** When set, fetches are accepted and answered only after it is cleared. */
  public volatile boolean holdFetches;

  /** So many of the fetches that are held end as if at their deadline. */
  public final AtomicInteger failHeld = new AtomicInteger();

  /** When set, questions for attributes end at their deadline. */
  public volatile boolean holdStats;

  /** Runs while attributes are asked for, before they are looked at. */
  public volatile Runnable onStat = () -> {};

  public volatile boolean roomForPrefetch = true;

  /** Names whose attributes were asked for. */
  public final AtomicInteger stats = new AtomicInteger();

  /** Listings that were asked for. */
  public final AtomicInteger listings = new AtomicInteger();

  /** How fresh each of them was to be. */
  public final List<Freshness> asked = new CopyOnWriteArrayList<>();

  /** Listings say that they were begun so long before they were asked for. */
  public volatile long ageNanos;

  /** Listings fail after so many entries. */
  public volatile int failListingAfter = Integer.MAX_VALUE;

  /** Listings wait after so many entries, as long as this stays. */
  public volatile int pauseListingAfter = Integer.MAX_VALUE;

  public DirectorySource(Path root) {
    this.root = root;
  }

  private Path local(RailPath path) {
    return path.isRoot() ? root : root.resolve(path.latin1().substring(1));
  }

  @Override
  public Attributes stat(RailPath path, long deadlineNanos) throws ClusterException {
    stats.incrementAndGet();
    if (holdStats) {
      LockSupport.parkNanos(deadlineNanos - System.nanoTime());
      throw new ClusterException(Failure.DEADLINE, "no answer for " + path);
    }
    onStat.run();
    return attributes(local(path));
  }

  private static Attributes attributes(Path file) throws ClusterException {
    try {
      Map<String, Object> unix = Files.readAttributes(file, "unix:*", LinkOption.NOFOLLOW_LINKS);
      EntryType type =
          (Boolean) unix.get("isDirectory")
              ? EntryType.DIRECTORY
              : (Boolean) unix.get("isSymbolicLink")
                  ? EntryType.SYMLINK
                  : (Boolean) unix.get("isRegularFile") ? EntryType.REGULAR : EntryType.OTHER;
      ByteString target =
          type == EntryType.SYMLINK
              ? ByteString.copyFromUtf8(Files.readSymbolicLink(file).toString())
              : ByteString.EMPTY;
      return new Attributes(
          type,
          (Integer) unix.get("mode") & 07777,
          (Integer) unix.get("uid"),
          (Integer) unix.get("gid"),
          (Long) unix.get("size"),
          ((FileTime) unix.get("lastModifiedTime")).to(TimeUnit.NANOSECONDS),
          ((FileTime) unix.get("ctime")).to(TimeUnit.NANOSECONDS),
          "",
          target);
    } catch (IOException e) {
      throw new ClusterException(Failure.NOT_FOUND, file + " does not exist", e);
    }
  }

  @Override
  public void list(RailPath path, EntryConsumer entries, Duration timeout, Freshness freshness)
      throws ClusterException {
    asked.add(freshness);
    entries.age(ageNanos);
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(local(path))) {
      listings.incrementAndGet();
      int passed = 0;
      for (Path entry : stream) {
        if (passed == failListingAfter) {
          throw new ClusterException(Failure.IO, "made to fail in " + path);
        }
        long end = System.nanoTime() + timeout.toNanos();
        while (passed >= pauseListingAfter && System.nanoTime() < end) {
          LockSupport.parkNanos(PAUSE_NANOS);
        }
        if (passed == entries.maxEntries() && passed > 0) {
          entries.truncated();
          return;
        }
        passed++;
        entries.accept(ByteString.copyFromUtf8(entry.getFileName().toString()), attributes(entry));
      }
    } catch (IOException e) {
      throw new ClusterException(Failure.NOT_A_DIRECTORY, path + " cannot be listed", e);
    }
  }

  @Override
  public Map<ByteString, ByteString> xattrs(RailPath path, long deadlineNanos) {
    return Map.of(ByteString.copyFromUtf8("user.label"), ByteString.copyFromUtf8("cat"));
  }

  @Override
  public Space space(long deadlineNanos) {
    return new Space(1L << 40, 1L << 39, 1L << 38);
  }

  @Override
  public int blockSize() {
    return 4 << 20;
  }

  @Override
  public boolean hasRoomForPrefetch() {
    return roomForPrefetch;
  }

  @Override
  public void fetch(FetchRequest request, FetchSink sink) {
    fetches.add(request);
    executor.execute(() -> serve(request, sink));
  }

  private void serve(FetchRequest request, FetchSink sink) {
    while (holdFetches && System.nanoTime() < request.deadlineNanos()) {
      if (failHeld.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
        sink.failed(new ClusterException(Failure.DEADLINE, "no answer for " + request.path()));
        return;
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    if (System.nanoTime() >= request.deadlineNanos()) {
      sink.failed(new ClusterException(Failure.DEADLINE, "no answer for " + request.path()));
      return;
    }
    Failure failure = failFetches;
    if (failure != null) {
      sink.failed(new ClusterException(failure, "made to fail for " + request.path()));
      return;
    }
    try (FileChannel channel = FileChannel.open(local(request.path()))) {
      ByteBuffer bytes = ByteBuffer.allocate(request.length());
      while (bytes.hasRemaining()
          && channel.read(bytes, request.offset() + bytes.position()) > 0) {}
      ByteBuf all = Unpooled.wrappedBuffer(bytes.flip());
      int piece = 10_000;
      for (int at = 0; at < request.length(); at += piece) {
        sink.write(at, all.slice(at, Math.min(piece, request.length() - at)));
      }
      for (int at = 0; at < request.length(); at += Chunks.SIZE) {
        sink.verified(at, Math.min(Chunks.SIZE, request.length() - at));
      }
      sink.completed();
    } catch (IOException e) {
      sink.failed(new ClusterException(Failure.IO, "reading " + request.path() + " failed", e));
    }
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
