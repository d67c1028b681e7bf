// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Objects.requireNonNull;

import io.railfs.client.ClusterException;
import io.railfs.client.MetadataSource;
import io.railfs.mount.cache.Entry;
import io.railfs.mount.cache.MetadataCache;
import io.railfs.mount.cache.PackedListing;
import io.railfs.mount.nodes.NodeTable;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.EntryType;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RailPath;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * What names and nodes stand for. A node is a name in one version; what the kernel has got of
 * another version is taken back as soon as this mount learns of it. Thread-safe.
 *
 * <pre>
 *   lookup(parent, name)   listing of the parent -> metadata cache -> worker;  then a node of that version
 *   attributes(node)       the same for the node's own name: its version, or STALE where the name
 *                          stands for another one; the kernel then looks the path up again by itself
 * </pre>
 */
final class Names {
  /** Failures that are not about the name that was asked for. */
  private static final Set<ClusterException.Failure> SAYS_NOTHING =
      EnumSet.of(
          ClusterException.Failure.DEADLINE,
          ClusterException.Failure.IO,
          ClusterException.Failure.UNREACHABLE);

  /**
   * A system call that looks a name up asks for its attributes, or opens it, right afterwards: one
   * answer does for both, else a file that is replaced all the time could never be opened.
   */
  private static final long SAME_CALL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private static final int ANSWERS = 1024;

  /** At a name that changes while it is looked up. */
  private static final int LOOKS = 4;

  private final NodeTable table;
  private final MetadataSource metadata;
  private final MetadataCache known;
  private final Duration deadline;
  private final Statted statted;
  private final RecentFailures<RailPath> failedQuestions = new RecentFailures<>();
  private final DirectoryMemo directories = new DirectoryMemo();
  private final AtomicReferenceArray<Answer> answers = new AtomicReferenceArray<>(ANSWERS);
  private volatile KernelNames kernel = KernelNames.NONE;

  /** Learns that a name of a directory was asked for by itself. */
  interface Statted {
    void statted(long directory, RailPath path);
  }

  /** What a worker has just said of a node. */
  private record Answer(long node, Attributes attributes, long nanos) {}

  /**
   * @param deadline the longest time that a question may take
   */
  Names(
      NodeTable table,
      MetadataSource metadata,
      MetadataCache known,
      Duration deadline,
      Statted statted) {
    this.table = requireNonNull(table, "table is null");
    this.metadata = requireNonNull(metadata, "metadata is null");
    this.known = requireNonNull(known, "known is null");
    this.deadline = requireNonNull(deadline, "deadline is null");
    this.statted = requireNonNull(statted, "statted is null");
  }

  /** From now on names are invalidated there. */
  void setKernel(KernelNames names) {
    kernel = names;
  }

  KernelNames kernel() {
    return kernel;
  }

  NodeTable table() {
    return table;
  }

  DirectoryMemo directories() {
    return directories;
  }

  /**
   * Finds the scratch's name in a directory and counts a lookup of its node.
   *
   * @return false where there is no such name
   */
  boolean lookup(long parent, NameScratch scratch) throws FsException {
    requireKnown(parent);
    if (scratch.isDot() || scratch.isDotDot()) {
      return lookupHandle(parent, scratch);
    }
    PackedListing listing = listing(parent);
    boolean tellsAbsence = listing != null && known.tellsAbsence(listing);
    Entry entry = scratch.entry();
    if (listing != null && listing.find(scratch.name(), 0, scratch.nameLength(), entry)) {
      long node = acquire(parent, scratch);
      if (known.isGood(listing)) {
        return count(node, scratch);
      }
      // Somebody has learnt better meanwhile, and must not be overruled by what was known before.
      table.forget(node, 1);
      return lookupByPath(parent, scratch);
    }
    if (tellsAbsence) {
      known.reportedMissing(child(path(parent, scratch), scratch));
      // Only now: a refresh drops the listing first, and then takes what was reported missing.
      if (known.isGood(listing)) {
        return false;
      }
    }
    return lookupByPath(parent, scratch);
  }

  /** For file handles only: the kernel resolves "." and ".." by itself. */
  private boolean lookupHandle(long of, NameScratch scratch) throws FsException {
    long node = scratch.isDot() ? of : table.parent(of);
    if (!table.acquire(node)) {
      throw stale("what the kernel asks for was forgotten");
    }
    try {
      attributes(node, scratch, NO_OLD);
      return true;
    } catch (FsException e) {
      table.forget(node, 1);
      throw e;
    }
  }

  private boolean lookupByPath(long parent, NameScratch scratch) throws FsException {
    RailPath path = child(path(parent, scratch), scratch);
    for (int i = 1; ; i++) {
      int forgets = known.forgets(path);
      boolean found = lookupNow(parent, path, scratch);
      if (known.forgets(path) == forgets || i == LOOKS) {
        return found;
      }
      // Somebody has learnt better meanwhile.
      if (found) {
        table.forget(scratch.node(), 1);
      }
    }
  }

  private boolean lookupNow(long parent, RailPath path, NameScratch scratch) throws FsException {
    Optional<Attributes> cached = known.find(path);
    Attributes attributes = cached == null ? askIn(parent, path) : cached.orElse(null);
    if (attributes == null) {
      known.reportedMissing(path);
      return false;
    }
    scratch.entry().set(attributes);
    long node = acquire(parent, scratch);
    if (cached == null) {
      answered(node, attributes);
    }
    return count(node, scratch);
  }

  private Attributes askIn(long parent, RailPath path) throws FsException {
    try {
      Attributes found = ask(path);
      if (found != null) {
        statted.statted(parent, path.parent());
      }
      return found;
    } catch (FsException e) {
      if (e.problem() == FsException.Problem.NOT_A_DIRECTORY) {
        doubt(parent, path.parent());
      }
      throw e;
    }
  }

  private void answered(long node, Attributes attributes) {
    answers.set((int) (node & ANSWERS - 1), new Answer(node, attributes, System.nanoTime()));
  }

  private long acquire(long parent, NameScratch scratch) {
    Entry entry = scratch.entry();
    return table.acquire(
        parent, scratch.name(), 0, scratch.nameLength(), entry.type(), entry.version());
  }

  private boolean count(long node, NameScratch scratch) throws FsException {
    if (node == NodeTable.NONE) {
      throw new FsException(
          FsException.Problem.NO_MEMORY,
          "the names that the kernel holds fill their "
              + (table.capacityBytes() >> 20)
              + " MiB; raise railfs.mount.memory-limit");
    }
    try {
      scratch.found(node, inode(node, scratch));
      return true;
    } catch (FsException e) {
      table.forget(node, 1);
      throw e;
    }
  }

  private long inode(long node, NameScratch scratch) throws FsException {
    int start = table.path(node, scratch.path);
    if (start < 0) {
      throw tooLong();
    }
    return Inodes.of(Inodes.hash(scratch.path, start, scratch.path.length), scratch.entry());
  }

  private void requireKnown(long node) throws FsException {
    if (!table.isKnown(node)) {
      throw stale("what the kernel asks for was forgotten");
    }
  }

  private static FsException stale(String sentence) {
    return new FsException(FsException.Problem.CHANGED, sentence);
  }

  private static FsException tooLong() {
    return new FsException(
        FsException.Problem.NAME_TOO_LONG,
        "a path of more than " + RailPath.MAX_LENGTH + " bytes cannot be asked for");
  }

  /** The listing of a directory that may answer now, or null. */
  private PackedListing listing(long directory) {
    PackedListing listing = directories.listing(directory);
    return listing != null && known.isGood(listing) ? listing : null;
  }

  /** A node's path as it is asked for. */
  RailPath path(long node, NameScratch scratch) throws FsException {
    if (node == NodeTable.ROOT) {
      return RailPath.ROOT;
    }
    int start = table.path(node, scratch.path);
    if (start < 0) {
      requireKnown(node);
      throw tooLong();
    }
    try {
      return RailPath.ofLatin1(
          new String(scratch.path, start, scratch.path.length - start, ISO_8859_1));
    } catch (ProtocolException e) {
      throw new FsException(FsException.Problem.NAME_TOO_LONG, e.getMessage(), e);
    }
  }

  private static RailPath child(RailPath directory, NameScratch scratch) throws FsException {
    try {
      return directory.childOfLatin1(
          new String(scratch.name(), 0, scratch.nameLength(), ISO_8859_1));
    } catch (ProtocolException e) {
      throw new FsException(FsException.Problem.NAME_TOO_LONG, e.getMessage(), e);
    }
  }

  /** The attributes of versions that somebody still has open. */
  interface OldVersions {
    /** Of the version that this node stands for, or null. */
    Attributes of(long node);
  }

  private static final OldVersions NO_OLD = node -> null;

  /**
   * Fills the scratch with a node's attributes.
   *
   * @throws FsException CHANGED where the name stands for another version, or nothing, by now, and
   *     nobody has this one open
   */
  void attributes(long node, NameScratch scratch, OldVersions old) throws FsException {
    requireKnown(node);
    if (!isCurrent(node, scratch)) {
      Attributes before = table.handles(node) > 0 ? old.of(node) : null;
      if (before == null) {
        throw stale("another version has taken its place");
      }
      scratch.entry().set(before);
    }
    scratch.found(node, inode(node, scratch));
  }

  /** Whether a node's name still stands for it; the entry is filled then. */
  private boolean isCurrent(long node, NameScratch scratch) throws FsException {
    if (table.isSuperseded(node)) {
      return false;
    }
    if (!findInListing(node, scratch)) {
      Attributes attributes = currentByPath(node, scratch);
      if (attributes == null) {
        return false;
      }
      scratch.entry().set(attributes);
    }
    return isStill(node, scratch.entry().version());
  }

  private boolean isStill(long node, long version) {
    if (version == table.version(node) || node == NodeTable.ROOT) {
      return true;
    }
    changed(node);
    return false;
  }

  private boolean findInListing(long node, NameScratch scratch) {
    PackedListing listing = node == NodeTable.ROOT ? null : listing(table.parent(node));
    if (listing == null) {
      return false;
    }
    int length = table.name(node, scratch.name());
    return length > 0 && listing.find(scratch.name(), 0, length, scratch.entry());
  }

  private Attributes currentByPath(long node, NameScratch scratch) throws FsException {
    RailPath path = path(node, scratch);
    Optional<Attributes> cached = known.find(path);
    Attributes attributes = cached == null ? askOnce(node, path) : cached.orElse(null);
    if (attributes == null) {
      changed(node);
    }
    return attributes;
  }

  private Attributes askOnce(long node, RailPath path) throws FsException {
    Answer answer = answers.get((int) (node & ANSWERS - 1));
    boolean isOfThisCall =
        answer != null
            && answer.node() == node
            && System.nanoTime() - answer.nanos() < SAME_CALL_NANOS;
    return isOfThisCall ? answer.attributes() : ask(path);
  }

  /**
   * The attributes of a node's version, for an open.
   *
   * @throws FsException CHANGED where the name stands for another version, or nothing, by now
   */
  Attributes require(long node, NameScratch scratch) throws FsException {
    requireKnown(node);
    Attributes attributes = null;
    if (!table.isSuperseded(node)) {
      PackedListing listing = node == NodeTable.ROOT ? null : listing(table.parent(node));
      if (listing != null) {
        int length = Math.max(0, table.name(node, scratch.name()));
        attributes = listing.find(scratch.name(), 0, length);
      }
      if (attributes == null) {
        attributes = currentByPath(node, scratch);
      }
    }
    if (attributes == null || !isStill(node, Entry.version(attributes))) {
      throw stale("another version has taken its place");
    }
    return attributes;
  }

  /** The attributes of what a path names; a symlink is not followed. */
  Attributes current(RailPath path) throws FsException {
    Optional<Attributes> cached = known.find(path);
    Attributes attributes = cached == null ? ask(path) : cached.orElse(null);
    if (attributes == null) {
      throw new FsException(FsException.Problem.NOT_FOUND, path + " does not exist");
    }
    return attributes;
  }

  /** What a worker says of a path; null where it does not exist. */
  private Attributes ask(RailPath path) throws FsException {
    ClusterException before = failedQuestions.find(path);
    if (before != null) {
      throw FsException.of(before);
    }
    int forgets = known.forgets(path);
    try {
      Attributes fresh = metadata.stat(path, System.nanoTime() + deadline.toNanos());
      known.put(path, fresh, forgets);
      return fresh;
    } catch (ClusterException e) {
      if (e.failure() == ClusterException.Failure.NOT_FOUND) {
        known.putMissing(path, forgets);
        return null;
      }
      if (SAYS_NOTHING.contains(e.failure())) {
        failedQuestions.failed(path, e);
      }
      throw FsException.of(e);
    }
  }

  /** A node's name was found to stand for another version, or for nothing. */
  void changed(long node) {
    if (table.supersede(node)) {
      lookAgain(node);
    }
  }

  /** Has the kernel look a node's name up again. */
  void lookAgain(long node) {
    byte[] name = new byte[RailPath.MAX_NAME_LENGTH];
    int length = table.name(node, name);
    if (length > 0) {
      boolean isDirectory = table.type(node) == EntryType.DIRECTORY;
      kernel.lookAgain(table.parent(node), name, length, isDirectory);
    }
  }

  /**
   * A read or a listing has found that a name has another version than this node's. What the kernel
   * has for the name by now may be an even older one: an answer that was on its way when a newer
   * one was learnt.
   */
  void stale(long node, RailPath path) {
    known.forget(path);
    table.supersedeName(node);
    lookAgain(node);
    doubt(table.parent(node), path.parent());
  }

  /**
   * A directory and those above it are to be looked at again: what was in it is not there any more,
   * so it may be another one, or none.
   */
  private void doubt(long directory, RailPath path) {
    long node = directory;
    for (RailPath at = path; !at.isRoot() && node != NodeTable.ROOT; at = at.parent()) {
      known.forget(at);
      lookAgain(node);
      node = table.parent(node);
    }
  }
}
