package io.railfs.mount.fs;

import com.google.protobuf.ByteString;
import io.railfs.client.ClusterException;
import io.railfs.client.MetadataSource;
import io.railfs.client.PageSource;
import io.railfs.mount.cache.FileKey;
import io.railfs.mount.cache.MetadataCache;
import io.railfs.mount.cache.PageCache;
import io.railfs.mount.prefetch.PrefetchSettings;
import io.railfs.mount.prefetch.Prefetchers;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.RailPath;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A read-only POSIX tree over a cluster's pages and metadata. Thread-safe; every method returns or
 * throws before its deadline.
 */
public final class RailFileSystem {
  /** Failures that are not about the name that was asked for. */
  private static final Set<ClusterException.Failure> SAYS_NOTHING =
      EnumSet.of(
          ClusterException.Failure.DEADLINE,
          ClusterException.Failure.IO,
          ClusterException.Failure.UNREACHABLE);

  private final MetadataSource metadata;
  private final PageSource source;
  private final MetadataCache known;
  private final PageCache pages;
  private final Prefetchers prefetchers;
  private final Duration readDeadline;
  private final Duration metadataDeadline;
  private final SpaceAnswer space;
  private final Listings listings;
  private final RecentFailures<RailPath> failedQuestions = new RecentFailures<>();
  private final RecentFailures<OpenFile.FailedPage> failedReads = new RecentFailures<>();
  private final ReadCounters counters = new ReadCounters();
  private final OperationCounters operations = new OperationCounters();
  private final OpenVersions versions = new OpenVersions();
  private final Handles<OpenFile> files = new Handles<>();
  private final Handles<OpenDirectory> directories = new Handles<>();

  /**
   * @param readDeadline after which a read ends in an error
   * @param metadataDeadline after which any other operation does
   */
  public RailFileSystem(
      MetadataSource metadata,
      PageSource source,
      MetadataCache known,
      PageCache pages,
      PrefetchSettings prefetch,
      Duration readDeadline,
      Duration metadataDeadline) {
    this.metadata = metadata;
    this.source = source;
    this.known = known;
    this.pages = pages;
    this.prefetchers = new Prefetchers(prefetch, pages, source, known, readDeadline);
    this.readDeadline = readDeadline;
    this.metadataDeadline = metadataDeadline;
    this.space = new SpaceAnswer(metadata);
    this.listings = new Listings(metadata, known, metadataDeadline);
  }

  /** The attributes of what a path names; a symlink is not followed. */
  public Attributes attributes(RailPath path) throws FsException {
    Attributes pinned = versions.pinned(path);
    return pinned != null ? pinned : current(path);
  }

  /** As {@link #attributes}, where no worker need be asked; null otherwise. */
  public Attributes knownAttributes(RailPath path) {
    Attributes pinned = versions.pinned(path);
    if (pinned != null) {
      return pinned;
    }
    Optional<Attributes> cached = known.find(path);
    return cached == null ? null : cached.orElse(null);
  }

  private Attributes current(RailPath path) throws FsException {
    Optional<Attributes> cached = known.find(path);
    if (cached == null) {
      return ask(path);
    }
    return cached.orElseThrow(() -> notFound(path));
  }

  private Attributes ask(RailPath path) throws FsException {
    ClusterException before = failedQuestions.find(path);
    if (before != null) {
      throw FsException.of(before);
    }
    try {
      Attributes fresh = metadata.stat(path, metadataDeadlineNanos());
      known.put(path, fresh);
      return fresh;
    } catch (ClusterException e) {
      if (e.failure() == ClusterException.Failure.NOT_FOUND) {
        known.putMissing(path);
      }
      if (SAYS_NOTHING.contains(e.failure())) {
        failedQuestions.failed(path, e);
      }
      throw FsException.of(e);
    }
  }

  private static FsException notFound(RailPath path) {
    return new FsException(FsException.Problem.NOT_FOUND, path + " does not exist");
  }

  /**
   * What an open of a file got.
   *
   * @param handle for {@link #file} and {@link #release}
   * @param keepCache whether pages that the kernel holds of this path may stay
   * @param direct whether reads of this handle must go past the kernel's page cache
   */
  public record OpenResult(long handle, boolean keepCache, boolean direct) {}

  /** Opens a regular file. */
  public OpenResult open(RailPath path) throws FsException {
    Attributes attributes = current(path);
    if (attributes.isDirectory()) {
      throw new FsException(FsException.Problem.IS_A_DIRECTORY, path + " is a directory");
    }
    if (!attributes.isRegular()) {
      throw new FsException(FsException.Problem.INVALID, path + " is not a regular file");
    }
    OpenVersions.Opened opened = versions.open(path, attributes);
    var version = opened.attributes().version();
    FileKey key = FileKey.of(path, version);
    OpenFile file =
        new OpenFile(
            path,
            version,
            key,
            pages,
            source,
            prefetchers.open(path, version, key),
            readDeadline.toNanos(),
            counters,
            failedReads);
    return new OpenResult(files.add(file), opened.keepCache(), opened.direct());
  }

  /** The file that a handle stands for. */
  public OpenFile file(long handle) {
    return files.find(handle);
  }

  /** Tells that a read of this file failed. */
  public void readFailed(OpenFile file, FsException cause) {
    if (cause.problem() == FsException.Problem.STALE) {
      versions.stale(file.path(), file.version());
      known.forget(file.path());
    }
  }

  public void release(long handle) {
    OpenFile file = files.remove(handle);
    versions.release(file.path());
    file.close();
  }

  /**
   * Opens a directory: its handle shows the entries of this moment (within the attribute time-out).
   * They may still be on their way.
   */
  public long openDirectory(RailPath path) throws FsException {
    return directories.add(new OpenDirectory(path, listings.open(path), listings));
  }

  /** The entries that a directory's handle shows. */
  public OpenDirectory directory(long handle) {
    return directories.find(handle);
  }

  public void releaseDirectory(long handle) {
    directories.remove(handle).close();
  }

  /** Where a symlink points. Errors: LEAVES_ROOT where that is outside the dataset. */
  public ByteString readLink(RailPath path) throws FsException {
    Attributes attributes = attributes(path);
    if (!attributes.isSymlink()) {
      throw new FsException(FsException.Problem.INVALID, path + " is not a symlink");
    }
    Symlinks.check(path, attributes.symlinkTarget(), this::attributes);
    return attributes.symlinkTarget();
  }

  /** The extended attributes of what a path names, by full name. */
  public Map<ByteString, ByteString> xattrs(RailPath path) throws FsException {
    try {
      return metadata.xattrs(path, metadataDeadlineNanos());
    } catch (ClusterException e) {
      throw FsException.of(e);
    }
  }

  /**
   * Space of the UFS, as it was at most a few seconds ago or, while no worker answers, when one
   * last did.
   */
  public MetadataSource.Space space() throws FsException {
    return space.now();
  }

  private long metadataDeadlineNanos() {
    return System.nanoTime() + metadataDeadline.toNanos();
  }

  /** What the reads have come to. */
  public ReadStats readStats() {
    return counters.snapshot();
  }

  /** Lets go of idle threads; what still waits for the client ends with it. */
  public void shutdown() {
    listings.shutdown();
  }

  /** Counts what the kernel asks, whose adaptor tells it. */
  public OperationCounters operations() {
    return operations;
  }

  /** Handles that are open now. */
  public int openHandles() {
    return files.size() + directories.size();
  }
}
