// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.worker.objects.ObjectException.Kind;
import io.railfs.worker.ufs.Listing;
import io.railfs.worker.ufs.Trouble;
import io.railfs.worker.ufs.Ufs;
import io.railfs.worker.ufs.UfsException;
import io.railfs.worker.ufs.UfsHealth;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An object store as a UFS; docs/SEMANTICS.md, "Object stores", says how keys become files and
 * directories. A file version is size, time of the last change in whole seconds, and etag.
 *
 * <p>A read is checked once, after its bytes have come: an object that has the version then has had
 * it since the time that is part of the version, so all bytes are of it.
 */
public final class ObjectUfs implements Ufs {
  private static final Logger log = LoggerFactory.getLogger(ObjectUfs.class);

  /** What statfs shows: object stores have no end. */
  private static final long SPACE = 1L << 60;

  /** Longest wait for the first answer at the start, when the SDK has yet to be loaded. */
  private static final long PROBE_MILLIS = 10_000;

  private final StoreLocation location;
  private final long timeoutMillis;
  private final ObjectStore store;

  private ObjectUfs(StoreLocation location, long timeoutMillis, ObjectStore store) {
    this.location = location;
    this.timeoutMillis = timeoutMillis;
    this.store = store;
  }

  /**
   * Opens a store and asks it once. Where it says that options, credentials or bucket are wrong,
   * the opening fails; where it does not answer, its health says so, and reads fail until it does.
   *
   * @param timeoutMillis longest time of each call of this UFS
   * @param health takes what the requests of others do not see
   */
  public static ObjectUfs open(
      StoreLocation location, ObjectLimits limits, long timeoutMillis, UfsHealth health)
      throws UfsException {
    requireNonNull(location, "location is null");
    try {
      ObjectStore store =
          location.scheme().equals("s3")
              ? new S3Store(location, limits, timeoutMillis, System.getenv(), health::throttled)
              : new OpenDalStore(location, limits, health::throttled);
      return open(location, timeoutMillis, store, health);
    } catch (ObjectException e) {
      throw refusal(location, e);
    }
  }

  /** The same over a store that is there already, which it owns then. */
  static ObjectUfs open(
      StoreLocation location, long timeoutMillis, ObjectStore store, UfsHealth health)
      throws UfsException {
    ObjectUfs ufs = new ObjectUfs(location, timeoutMillis, store);
    boolean done = false;
    try {
      ufs.ask(health);
      done = true;
      return ufs;
    } finally {
      if (!done) {
        ufs.close();
      }
    }
  }

  private void ask(UfsHealth health) throws UfsException {
    try {
      store.probe(Deadline.in(Math.min(timeoutMillis, PROBE_MILLIS)));
    } catch (ObjectException e) {
      switch (e.kind()) {
        case DENIED, MISCONFIGURED -> throw refusal(location, e);
        case NO_ANSWER, TIMEOUT, THROTTLED, TEMPORARY, LIMITED, PERMANENT, UNEXPLAINED, CLOCK ->
            health.down(unwell(e));
        case NOT_FOUND, OTHER_OBJECT, STALE, UNSUPPORTED -> log.debug("{} answers", location);
        case CANCELLED -> log.debug("{} is not asked any more", location);
      }
    }
  }

  @Override
  public void probe(long millis) throws UfsException {
    try {
      store.probe(Deadline.in(Math.min(timeoutMillis, millis)));
    } catch (ObjectException e) {
      switch (e.kind()) {
        case NOT_FOUND, OTHER_OBJECT, STALE, UNSUPPORTED -> log.debug("{} answers", location);
        default -> throw unwell(e);
      }
    }
  }

  private UfsException unwell(ObjectException e) {
    return new UfsException(
            ErrorCode.UFS_FAILED, "the UFS " + location + " is not well: " + e.getMessage())
        .because(trouble(e), e.getMessage());
  }

  private static Trouble trouble(ObjectException e) {
    return switch (e.kind()) {
      case DENIED -> Trouble.DENIED;
      case NO_ANSWER -> Trouble.UNREACHABLE;
      case TIMEOUT -> Trouble.TIMEOUT;
      case THROTTLED -> Trouble.THROTTLED;
      case LIMITED -> Trouble.LIMITED;
      case STALE -> Trouble.CHANGED;
      case CLOCK,
          MISCONFIGURED,
          OTHER_OBJECT,
          TEMPORARY,
          PERMANENT,
          UNEXPLAINED,
          CANCELLED,
          NOT_FOUND,
          UNSUPPORTED ->
          Trouble.OTHER;
    };
  }

  private static UfsException refusal(StoreLocation location, ObjectException e) {
    boolean denied = e.kind() == Kind.DENIED;
    return new UfsException(
        denied ? ErrorCode.ACCESS_DENIED : ErrorCode.UFS_FAILED,
        "the UFS "
            + location
            + (denied
                ? " refuses these credentials (" + e.getMessage() + "); correct them"
                : " cannot be used: " + e.getMessage() + "; correct its URI or options")
            + " under railfs.worker");
  }

  @Override
  public String identity(RailPath path) {
    return location.identity();
  }

  private Deadline deadline() {
    return Deadline.in(timeoutMillis);
  }

  /** Whether the store can be asked for a name as it is. */
  boolean takes(String name) {
    return store.takes(name);
  }

  /** The key of a path, or null where no key can have it. */
  private String key(RailPath path) {
    String key = ObjectNames.key(path);
    return key == null || !store.takes(key) ? null : key;
  }

  @Override
  public Attributes stat(RailPath path) throws UfsException {
    Deadline deadline = deadline();
    try {
      Attributes found = find(path, deadline);
      if (found == null) {
        throw missing(path, deadline);
      }
      return found;
    } catch (ObjectException e) {
      throw failure(path, e);
    }
  }

  /** The attributes of what the path names, or null. */
  private Attributes find(RailPath path, Deadline deadline) throws ObjectException {
    if (path.isRoot()) {
      return ObjectAttributes.DIRECTORY;
    }
    String key = key(path);
    if (key == null) {
      return null;
    }
    Attributes file = findFile(key, deadline);
    // An empty object beside keys below it is a marker of a directory.
    if (file != null && (file.size() > 0 || file.isDirectory())) {
      return file;
    }
    return store.isPrefix(key, deadline) ? ObjectAttributes.DIRECTORY : file;
  }

  private Attributes findFile(String key, Deadline deadline) throws ObjectException {
    try {
      return store.stat(key, deadline);
    } catch (ObjectException e) {
      if (e.kind() == Kind.NOT_FOUND) {
        return null;
      }
      throw e;
    }
  }

  /** Why a path is not there: the nearest thing above it is a directory, or a file. */
  private UfsException missing(RailPath path, Deadline deadline) throws ObjectException {
    for (RailPath above = path.parent(); !above.isRoot(); above = above.parent()) {
      Attributes found = find(above, deadline);
      if (found != null && !found.isDirectory()) {
        return new UfsException(ErrorCode.NOT_A_DIRECTORY, "'" + above + "' is not a directory");
      }
      if (found != null) {
        break;
      }
    }
    return new UfsException(ErrorCode.NOT_FOUND, "'" + path + "' does not exist");
  }

  @Override
  public Listing list(RailPath path) throws UfsException {
    String key = key(path);
    if (key == null) {
      throw new UfsException(ErrorCode.NOT_FOUND, "'" + path + "' does not exist");
    }
    String prefix = path.isRoot() ? "" : key + "/";
    PageSource pages = store.list(prefix);
    List<RawEntry> first = page(path, pages);
    if (first.isEmpty() && !stat(path).isDirectory()) {
      throw new UfsException(ErrorCode.NOT_A_DIRECTORY, "'" + path + "' is not a directory");
    }
    return new ObjectListing(this, path, pages, first);
  }

  /** The next page of a listing, or null. */
  List<RawEntry> page(RailPath path, PageSource pages) throws UfsException {
    try {
      return pages.next(deadline());
    } catch (ObjectException e) {
      throw failure(path, e);
    }
  }

  /** Objects have none, and the store is not asked: programs ask this of every file they list. */
  @Override
  public Map<ByteString, ByteString> xattrs(RailPath path) {
    return Map.of();
  }

  @Override
  public Space space() {
    return new Space(SPACE, SPACE, SPACE);
  }

  @Override
  public void read(RailPath path, FileVersion version, long offset, ByteBuffer target)
      throws UfsException {
    Deadline deadline = deadline();
    String key = key(path);
    try {
      if (key == null) {
        throw missing(path, deadline);
      }
      if (path.isRoot()) {
        throw notAFile(path);
      }
      try {
        if (!store.read(key, version, offset, target, deadline)) {
          requireVersion(path, version, deadline);
        }
      } catch (ObjectException e) {
        if (e.kind() == Kind.NOT_FOUND || e.kind() == Kind.OTHER_OBJECT) {
          requireVersion(path, version, deadline);
        }
        throw e;
      }
    } catch (ObjectException e) {
      throw failure(path, e);
    }
  }

  private void requireVersion(RailPath path, FileVersion version, Deadline deadline)
      throws UfsException, ObjectException {
    Attributes now = findFile(key(path), deadline);
    if (now == null) {
      now = find(path, deadline);
    }
    if (now == null) {
      throw missing(path, deadline);
    }
    if (!now.isRegular()) {
      throw notAFile(path);
    }
    if (!now.version().equals(version)) {
      throw stale(path);
    }
  }

  private static UfsException stale(RailPath path) {
    return new UfsException(
        ErrorCode.STALE, "'" + path + "' no longer has the version that was asked for");
  }

  private static UfsException notAFile(RailPath path) {
    return new UfsException(ErrorCode.NOT_A_FILE, "'" + path + "' is not a regular file");
  }

  private UfsException failure(RailPath path, ObjectException e) {
    String at = "'" + path + "' of " + location;
    return switch (e.kind()) {
      case STALE -> stale(path);
      case NO_ANSWER, TIMEOUT -> {
        log.warn("{} failed: the store does not answer: {}", at, e.getMessage());
        yield because(
            e,
            ErrorCode.UFS_FAILED,
            "'" + path + "': the UFS " + location + " does not answer: " + e.getMessage());
      }
      case NOT_FOUND -> new UfsException(ErrorCode.NOT_FOUND, at + " does not exist");
      case DENIED ->
          because(e, ErrorCode.ACCESS_DENIED, at + " may not be read: " + e.getMessage());
      case UNSUPPORTED ->
          new UfsException(ErrorCode.ACCESS_DENIED, at + " cannot be listed: " + e.getMessage());
      case CLOCK -> {
        // Another worker's clock may be right, so the client is to ask there.
        log.warn("{} failed ({}); the client asks another worker", at, e.getMessage());
        yield because(
            e, ErrorCode.WORKER_FAILED, at + " cannot be read by this worker: " + e.getMessage());
      }
      case CANCELLED ->
          because(e, ErrorCode.UFS_FAILED, at + " is not read any more: " + e.getMessage());
      case LIMITED -> because(e, ErrorCode.BUSY, at + " has to wait: " + e.getMessage());
      case MISCONFIGURED, OTHER_OBJECT, THROTTLED, TEMPORARY, PERMANENT, UNEXPLAINED -> {
        log.warn("{} failed ({}); the client gets an error", at, e.getMessage());
        yield because(e, ErrorCode.UFS_FAILED, at + " cannot be read now: " + e.getMessage());
      }
    };
  }

  private static UfsException because(ObjectException e, ErrorCode code, String message) {
    return new UfsException(code, message).because(trouble(e), e.getMessage());
  }

  @Override
  public void close() {
    store.close();
  }
}
