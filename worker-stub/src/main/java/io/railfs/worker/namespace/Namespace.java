// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.namespace;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import io.railfs.base.CloseStack;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.EntryType;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.worker.objects.ObjectUfs;
import io.railfs.worker.ufs.FileUfs;
import io.railfs.worker.ufs.Listing;
import io.railfs.worker.ufs.Ufs;
import io.railfs.worker.ufs.UfsException;
import io.railfs.worker.ufs.UfsHealth;
import io.railfs.worker.ufs.WatchedUfs;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Several UFS as one: a path belongs to the mount that is deepest above it. What a UFS holds where
 * another one is mounted is not seen. Directories that are only there for mounts below them are
 * made up. Where a UFS does not answer, the directories of it that lead to others have the
 * attributes that they had last, so that its absence does not take the others away; listing them
 * fails all the same.
 */
public final class Namespace implements Ufs {
  private static final Attributes MADE_UP =
      new Attributes(EntryType.DIRECTORY, 0555, 0, 0, 0, 0, 0, "", ByteString.EMPTY);

  /** Deepest first. */
  private final List<Mounted> mounts;

  /** What a UFS said last of the places of mounts and of the directories above them. */
  private final ConcurrentMap<RailPath, Attributes> onTheWay = new ConcurrentHashMap<>();

  private record Mounted(RailPath at, Ufs ufs) {}

  /** A path and where it leads. */
  private record Place(Ufs ufs, RailPath path) {}

  private interface Request<T> {
    T ask(Ufs ufs, RailPath path) throws UfsException;
  }

  private Namespace(List<Mounted> mounts) {
    this.mounts = List.copyOf(mounts);
  }

  /** As {@link #open(List, long, Consumer)}, for who does not look at each UFS. */
  public static Ufs open(List<UfsMount> mounts, long timeoutMillis) throws UfsException {
    return open(mounts, timeoutMillis, each -> {});
  }

  /**
   * Opens every UFS. A single one at the root is given as it is.
   *
   * @param timeoutMillis longest time of a call to an object store
   * @param each takes each UFS; it belongs to what is returned
   * @throws UfsException with one sentence where one of them cannot be opened; none is open then
   */
  public static Ufs open(List<UfsMount> mounts, long timeoutMillis, Consumer<WatchedUfs> each)
      throws UfsException {
    requireNonNull(mounts, "mounts is null");
    List<Mounted> opened = new ArrayList<>();
    try (CloseStack undo = new CloseStack()) {
      for (UfsMount mount : mounts) {
        WatchedUfs ufs = open(mount, timeoutMillis, new UfsHealth(mount.at(), mount.uri()));
        undo.push(ufs);
        opened.add(new Mounted(mount.at(), ufs));
        each.accept(ufs);
      }
      undo.release();
    }
    return opened.size() == 1 && opened.get(0).at().isRoot()
        ? opened.get(0).ufs()
        : of(opened.stream().collect(Collectors.toMap(Mounted::at, Mounted::ufs)));
  }

  private static WatchedUfs open(UfsMount mount, long timeoutMillis, UfsHealth health)
      throws UfsException {
    if (mount.store().isPresent()) {
      return new WatchedUfs(
          ObjectUfs.open(mount.store().get(), mount.limits(), timeoutMillis, health), health);
    }
    Ufs directory = FileUfs.open(mount.directory().orElseThrow(), mount.identity());
    try {
      directory.probe(timeoutMillis);
    } catch (UfsException e) {
      // It may be mounted later.
      health.down(e);
    }
    return new WatchedUfs(directory, health);
  }

  /** Of these, which it owns then. */
  static Namespace of(Map<RailPath, Ufs> mounts) {
    return new Namespace(
        mounts.entrySet().stream()
            .map(mount -> new Mounted(mount.getKey(), mount.getValue()))
            .sorted(
                Comparator.comparingInt((Mounted mount) -> mount.at().latin1().length()).reversed())
            .toList());
  }

  /** What is mounted where, for status and logs. */
  public static String text(List<UfsMount> mounts) {
    return mounts.stream()
        .map(mount -> mount.at().isRoot() ? mount.uri() : mount.at() + " = " + mount.uri())
        .collect(Collectors.joining(", "));
  }

  /** Null where no UFS is above the path. */
  private Place place(RailPath path) {
    for (Mounted mount : mounts) {
      if (path.isWithin(mount.at())) {
        return new Place(mount.ufs(), below(path, mount.at()));
      }
    }
    return null;
  }

  private static RailPath below(RailPath path, RailPath mount) {
    if (mount.isRoot()) {
      return path;
    }
    RailPath result = RailPath.ROOT;
    String[] names = path.componentsLatin1();
    try {
      for (int i = mount.componentsLatin1().length; i < names.length; i++) {
        result = result.childOfLatin1(names[i]);
      }
      return result;
    } catch (ProtocolException e) {
      throw new IllegalStateException("a part of a valid path is valid", e);
    }
  }

  /** Names in a directory that lead to mounts. */
  private SortedSet<String> namesTowardsMounts(RailPath path) {
    SortedSet<String> names = new TreeSet<>();
    int depth = path.componentsLatin1().length;
    for (Mounted mount : mounts) {
      String[] components = mount.at().componentsLatin1();
      if (components.length > depth && mount.at().isWithin(path)) {
        names.add(components[depth]);
      }
    }
    return names;
  }

  private boolean leadsToMount(RailPath path) {
    return !namesTowardsMounts(path).isEmpty();
  }

  private <T> T ask(RailPath path, Request<T> request) throws UfsException {
    Place place = place(path);
    if (place == null) {
      throw notFound(path);
    }
    return request.ask(place.ufs(), place.path());
  }

  private static UfsException notFound(RailPath path) {
    return new UfsException(ErrorCode.NOT_FOUND, "'" + path + "' does not exist");
  }

  @Override
  public String identity(RailPath path) throws UfsException {
    return ask(path, Ufs::identity);
  }

  @Override
  public void probe(long millis) throws UfsException {
    for (Mounted mount : mounts) {
      mount.ufs().probe(millis);
    }
  }

  @Override
  public Attributes stat(RailPath path) throws UfsException {
    if (leadsToMount(path) || mounts.stream().anyMatch(mount -> mount.at().equals(path))) {
      return onTheWay(path);
    }
    return ask(path, Ufs::stat);
  }

  /** A directory above a mount, or its place, is one whatever a UFS holds there. */
  private Attributes onTheWay(RailPath path) throws UfsException {
    Place place = place(path);
    if (place == null) {
      return MADE_UP;
    }
    try {
      Attributes own = place.ufs().stat(place.path());
      Attributes known = own.isDirectory() ? own : MADE_UP;
      onTheWay.put(path, known);
      return known;
    } catch (UfsException e) {
      if (isAbsence(e) && leadsToMount(path)) {
        return MADE_UP;
      }
      Attributes known = e.code() == ErrorCode.UFS_FAILED ? onTheWay.get(path) : null;
      if (known == null) {
        throw e;
      }
      return known;
    }
  }

  private static boolean isAbsence(UfsException e) {
    return e.code() == ErrorCode.NOT_FOUND || e.code() == ErrorCode.NOT_A_DIRECTORY;
  }

  @Override
  public Listing list(RailPath path) throws UfsException {
    SortedSet<String> names = namesTowardsMounts(path);
    if (names.isEmpty()) {
      return ask(path, Ufs::list);
    }
    Map<ByteString, Attributes> first =
        new TreeMap<>(ByteString.unsignedLexicographicalComparator());
    for (String name : names) {
      try {
        RailPath child = path.childOfLatin1(name);
        first.put(ByteString.copyFrom(name, StandardCharsets.ISO_8859_1), stat(child));
      } catch (ProtocolException e) {
        throw new IllegalStateException("a part of a valid path is valid", e);
      }
    }
    return new MergedListing(first, ownListing(path));
  }

  /** What leads to mounts is not watched: its entries are of several UFS. */
  @Override
  public Listing listWatched(RailPath path, Runnable changed) throws UfsException {
    return leadsToMount(path)
        ? list(path)
        : ask(path, (ufs, below) -> ufs.listWatched(below, changed));
  }

  /** What a UFS holds there itself, or null. */
  private Listing ownListing(RailPath path) throws UfsException {
    Place place = place(path);
    if (place == null) {
      return null;
    }
    try {
      return place.ufs().list(place.path());
    } catch (UfsException e) {
      if (isAbsence(e)) {
        return null;
      }
      throw e;
    }
  }

  @Override
  public Map<ByteString, ByteString> xattrs(RailPath path) throws UfsException {
    if (leadsToMount(path)) {
      return Map.of();
    }
    return ask(path, Ufs::xattrs);
  }

  /** That of the UFS at the root; without one, of all together. */
  @Override
  public Space space() throws UfsException {
    Mounted last = mounts.get(mounts.size() - 1);
    if (last.at().isRoot()) {
      return last.ufs().space();
    }
    Space sum = new Space(0, 0, 0);
    for (Mounted mount : mounts) {
      Space one = mount.ufs().space();
      sum =
          new Space(
              saturated(sum.total(), one.total()),
              saturated(sum.free(), one.free()),
              saturated(sum.available(), one.available()));
    }
    return sum;
  }

  private static long saturated(long a, long b) {
    return Math.min(a, Long.MAX_VALUE / 4) + Math.min(b, Long.MAX_VALUE / 4);
  }

  @Override
  public void read(RailPath path, FileVersion version, long offset, ByteBuffer target)
      throws UfsException {
    if (leadsToMount(path)) {
      throw new UfsException(ErrorCode.NOT_A_FILE, "'" + path + "' is not a regular file");
    }
    Place place = place(path);
    if (place == null) {
      throw notFound(path);
    }
    place.ufs().read(place.path(), version, offset, target);
  }

  @Override
  public void close() {
    mounts.forEach(mount -> mount.ufs().close());
  }
}
