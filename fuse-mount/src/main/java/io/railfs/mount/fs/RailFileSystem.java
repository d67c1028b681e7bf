// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

import com.google.protobuf.ByteString;
import io.railfs.client.ClusterException;
import io.railfs.client.MetadataSource;
import io.railfs.client.PageSource;
import io.railfs.mount.cache.MetadataCache;
import io.railfs.mount.cache.PackedListing;
import io.railfs.mount.cache.PageCache;
import io.railfs.mount.nodes.NodeTable;
import io.railfs.mount.prefetch.KernelReadahead;
import io.railfs.mount.prefetch.PrefetchSettings;
import io.railfs.mount.prefetch.Prefetchers;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.EntryType;
import io.railfs.protocol.RailPath;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * A read-only POSIX tree over a cluster's pages and metadata, by nodes: a node is a name in one
 * version ({@link NodeTable}). Thread-safe; every method returns or throws before its deadline.
 *
 * <p>A caller that asks for a node whose name stands for another version by now gets {@link
 * FsException.Problem#CHANGED}, looks the path up again, and finds the other version's node.
 */
public final class RailFileSystem {
  /** What serves for {@link Settings#soon}. */
  public static final Duration SOON = Duration.ofMillis(100);

  private final MetadataSource metadata;
  private final MetadataCache known;
  private final Settings settings;
  private final CachedSpace space;
  private final Listings listings;
  private final Names names;
  private final Reconciliation reconciliation;
  private final RecentFailures<OpenFile.FailedPage> failedReads = new RecentFailures<>();
  private final ReadStats.Counters counters = new ReadStats.Counters();
  private final OperationCounters operations = new OperationCounters();
  private final OpenFile.Environment environment;
  private final Handles<OpenFile> files;
  private final Handles<OpenDirectory> directories;
  private final OpenVersions oldVersions;

  /** For the path that the first read of a file needs, in whatever thread that is. */
  private final ThreadLocal<NameScratch> pathScratch = ThreadLocal.withInitial(NameScratch::new);

  /**
   * What bounds a file system.
   *
   * @param prefetch how far to fetch ahead
   * @param readDeadline after which a read ends in an error
   * @param metadataDeadline after which any other operation does
   * @param soon how long a read may have waited for room in the page cache and still be answered
   *     later, without a thread
   * @param nameBytes off the heap, for the names that the kernel holds
   * @param openHandles files that may be open at a time, and as many directories
   */
  public record Settings(
      PrefetchSettings prefetch,
      Duration readDeadline,
      Duration metadataDeadline,
      Duration soon,
      long nameBytes,
      int openHandles) {}

  public RailFileSystem(
      MetadataSource metadata,
      PageSource source,
      MetadataCache known,
      PageCache pages,
      Settings settings) {
    this.metadata = metadata;
    this.known = known;
    this.settings = settings;
    this.space = new CachedSpace(metadata);
    this.listings = new Listings(metadata, known, settings.metadataDeadline());
    NodeTable table = new NodeTable(settings.nameBytes());
    this.names =
        new Names(table, metadata, known, settings.metadataDeadline(), this::listIfManyAreWanted);
    this.reconciliation = new Reconciliation(names, known);
    this.files = new Handles<>(settings.openHandles());
    this.directories = new Handles<>(settings.openHandles());
    this.oldVersions = new OpenVersions(this::attributesOfOpen, table::handles);
    this.environment =
        new OpenFile.Environment(
            node -> names.path(node, pathScratch.get()),
            pages,
            source,
            new Prefetchers(settings.prefetch(), pages, source, known, settings.readDeadline()),
            settings.readDeadline().toNanos(),
            settings.soon().toNanos(),
            counters,
            failedReads);
  }

  private void listIfManyAreWanted(long directory, RailPath path) {
    listings.statted(directory, path, whole -> reconciliation.run(directory, path, whole));
  }

  /** What the kernel reads ahead by itself. */
  public KernelReadahead readahead() {
    return environment.prefetchers().readahead();
  }

  /** From now on the kernel's names are invalidated there. */
  public void setKernel(KernelNames kernel) {
    names.setKernel(kernel);
  }

  /** What the kernel knows. */
  public NodeTable nodes() {
    return names.table();
  }

  /**
   * Finds the scratch's name in a directory and counts a lookup of its node, which {@link
   * NodeTable#forget} gives back.
   *
   * @return false where there is no such name
   */
  public boolean lookup(long directory, NameScratch scratch) throws FsException {
    return names.lookup(directory, scratch);
  }

  /**
   * Counts a lookup of a directory's entry that is being shown; {@link NodeTable#NONE} where there
   * is no room for its node.
   *
   * @param bytes hold the name
   */
  public long shown(OpenDirectory directory, byte[] bytes, int start, int length, NameScratch of) {
    return names
        .table()
        .acquire(directory.node(), bytes, start, length, of.entry().type(), of.entry().version());
  }

  /**
   * Whether what a directory's handle shows may be taken for what its names stand for now. An old
   * handle goes on showing the listing of its opening, about which more may be known by now.
   */
  public boolean isCurrent(OpenDirectory directory) {
    return known.isGood(directory.listing());
  }

  /** Has the kernel look a node's name up again, if it was superseded. */
  public void takeBackIfSuperseded(long node) {
    if (names.table().isSuperseded(node)) {
      names.lookAgain(node);
    }
  }

  /** How often {@link #refresh} was called. */
  public int refreshes() {
    return known.drops();
  }

  /**
   * Has the kernel look a node's name up again, if it was superseded, or something was refreshed
   * since: the kernel may have been made to look the name up again before it had our answer.
   *
   * @param refreshes {@link #refreshes} from before the answer was looked for
   */
  public void takeBackIfOutdated(long node, int refreshes) {
    if (refreshes() != refreshes) {
      takeBack(node);
    } else {
      takeBackIfSuperseded(node);
    }
  }

  /** Has the kernel look a node's name up again. */
  public void takeBack(long node) {
    names.lookAgain(node);
  }

  /** Fills the scratch with a node's attributes. */
  public void attributes(long node, NameScratch scratch) throws FsException {
    names.attributes(node, scratch, oldVersions);
  }

  /** The attributes of what a path names; a symlink is not followed. */
  public Attributes attributes(RailPath path) throws FsException {
    return names.current(path);
  }

  /** Looked for among all handles; null where none is open. */
  private Attributes attributesOfOpen(long node) {
    return files.find(file -> file.node() == node, OpenFile::attributes);
  }

  /**
   * Opens a regular file.
   *
   * @return its handle, for {@link #file} and {@link #release}
   */
  public long open(long node, NameScratch scratch) throws FsException {
    Attributes attributes = names.require(node, scratch);
    if (attributes.isDirectory()) {
      throw new FsException(
          FsException.Problem.IS_A_DIRECTORY, names.path(node, scratch) + " is a directory");
    }
    if (!attributes.isRegular()) {
      throw new FsException(
          FsException.Problem.INVALID, names.path(node, scratch) + " is not a regular file");
    }
    KernelReadahead readahead = readahead();
    if (readahead.mayChange()) {
      readahead.beforeOpen(names.path(node, scratch));
    }
    OpenFile file = new OpenFile(node, attributes, environment);
    if (names.table().open(node) < 0) {
      throw forgotten();
    }
    boolean opened = false;
    try {
      long handle = handle(files, file);
      opened = true;
      return handle;
    } finally {
      if (!opened) {
        names.table().close(node);
      }
    }
  }

  private static <T> long handle(Handles<T> handles, T value) throws FsException {
    long handle = handles.add(value);
    if (handle < 0) {
      throw new FsException(
          FsException.Problem.TOO_MANY_OPEN,
          "%d are open, as many as fit into the memory limit; close some or raise railfs.mount.memory-limit"
              .formatted(handles.limit()));
    }
    return handle;
  }

  private static FsException forgotten() {
    return new FsException(FsException.Problem.CHANGED, "what the kernel asks for was forgotten");
  }

  /** The file that a handle stands for. */
  public OpenFile file(long handle) {
    return files.find(handle);
  }

  /**
   * A read of this file failed.
   *
   * @return done when what the kernel believed of the file was taken back, so that a program that
   *     gets the error then does not meet it again in what it opens next. May never be.
   */
  public CompletableFuture<Void> readFailed(OpenFile file, FsException cause) {
    if (cause.problem() != FsException.Problem.STALE) {
      return CompletableFuture.completedFuture(null);
    }
    try {
      names.stale(file.node(), file.path());
    } catch (FsException e) {
      throw new IllegalStateException("a file that was read has a path", e);
    }
    return names.kernel().flushed();
  }

  public void release(long handle) {
    OpenFile file = files.remove(handle);
    file.close();
    names.table().close(file.node());
    oldVersions.removeIfClosed(file.node());
  }

  /**
   * What an open of a directory got.
   *
   * @param handle for {@link #directory} and {@link #releaseDirectory}
   * @param mayKeep whether the kernel may keep a copy of its entries
   * @param isKept whether the copy that it has, if any, is still right
   */
  public record OpenedDirectory(long handle, boolean mayKeep, boolean isKept) {}

  /**
   * Opens a directory: its handle shows the entries of this moment (within the attribute time-out).
   * They may still be on their way.
   */
  public OpenedDirectory openDirectory(long node, NameScratch scratch) throws FsException {
    int others = names.table().open(node);
    if (others < 0) {
      throw forgotten();
    }
    OpenDirectory directory = null;
    boolean opened = false;
    try {
      directory = list(node, names.path(node, scratch));
      OpenedDirectory result = opened(directory, handle(directories, directory), others == 0);
      opened = true;
      return result;
    } finally {
      if (!opened) {
        names.table().close(node);
        if (directory != null) {
          directory.close();
        }
      }
    }
  }

  /**
   * The kernel keeps one copy of a directory, made of what its handles show. It may do so while all
   * of them show the same listing.
   */
  private OpenedDirectory opened(OpenDirectory directory, long handle, boolean isAlone) {
    DirectoryMemo memo = names.directories();
    PackedListing listing = directory.listing();
    memo.put(directory.node(), listing);
    boolean isKept = memo.isKept(directory.node(), listing);
    if (!isKept && isAlone) {
      // Not yet: the kernel drops its older copy when it has our answer, and a program that
      // opens the directory before that must not get to hear that the copy is right.
      directory.onFirstRead(() -> memo.keep(directory.node(), listing));
    }
    return new OpenedDirectory(handle, isKept || isAlone, isKept);
  }

  private OpenDirectory list(long node, RailPath path) throws FsException {
    if (names.table().type(node) != EntryType.DIRECTORY) {
      throw new FsException(FsException.Problem.NOT_A_DIRECTORY, path + " is not a directory");
    }
    if (node != NodeTable.ROOT && names.table().isSuperseded(node)) {
      throw forgotten();
    }
    try {
      PackedListing listing = listings.open(path, whole -> reconciliation.run(node, path, whole));
      return new OpenDirectory(node, path, listing, listings);
    } catch (FsException e) {
      boolean isGone =
          e.problem() == FsException.Problem.NOT_FOUND
              || e.problem() == FsException.Problem.NOT_A_DIRECTORY;
      if (isGone && node != NodeTable.ROOT) {
        names.stale(node, path);
        throw new FsException(FsException.Problem.CHANGED, e.getMessage(), e);
      }
      throw e;
    }
  }

  /** The entries that a directory's handle shows. */
  public OpenDirectory directory(long handle) {
    return directories.find(handle);
  }

  public void releaseDirectory(long handle) {
    OpenDirectory directory = directories.remove(handle);
    directory.close();
    names.table().close(directory.node());
  }

  /**
   * Where a symlink points, byte for byte as stored. It is only shown: the kernel follows it in the
   * name space of the program that walks there, with that program's rights.
   */
  public ByteString readLink(long node, NameScratch scratch) throws FsException {
    Attributes attributes = names.require(node, scratch);
    if (!attributes.isSymlink()) {
      throw new FsException(
          FsException.Problem.INVALID, names.path(node, scratch) + " is not a symlink");
    }
    return attributes.symlinkTarget();
  }

  /** The extended attributes of a node's name, by full name. */
  public Map<ByteString, ByteString> xattrs(long node, NameScratch scratch) throws FsException {
    RailPath path = names.path(node, scratch);
    try {
      return metadata.xattrs(path, System.nanoTime() + settings.metadataDeadline().toNanos());
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

  /**
   * Forgets what is known of a path and of the entries of its directory, or of all that is below,
   * and has the kernel ask again.
   *
   * @return what was dropped
   * @throws InterruptedException while the kernel forgets
   */
  public Refreshed refresh(RailPath path, boolean recursive, Duration timeout)
      throws InterruptedException {
    return new Refresh(names, known).run(path, recursive, System.nanoTime() + timeout.toNanos());
  }

  /** What the reads have come to. */
  public ReadStats readStats() {
    return counters.snapshot();
  }

  /** Lets go of idle threads; what still waits for the client ends with it. */
  public void shutdown() {
    listings.shutdown();
    readahead().close();
  }

  /** Counts what the kernel asks, as its adaptor reports it. */
  public OperationCounters operations() {
    return operations;
  }

  /** Handles that are open now. */
  public int openHandles() {
    return files.size() + directories.size();
  }

  /**
   * Writes down what the kernel holds: nodes and handles. No request may be in work meanwhile.
   *
   * @throws IOException where it cannot be written, or a listing that is open does not come whole
   */
  public void write(DataOutput out) throws IOException {
    new KernelState(names, files, directories, listings, known, environment).write(out);
  }

  /**
   * Takes over what the kernel holds from the process that wrote it down; into a file system that
   * is new.
   *
   * @throws IOException where it is of another format or damaged, or does not fit
   */
  public void read(DataInput in) throws IOException {
    new KernelState(names, files, directories, listings, known, environment).read(in);
  }
}
