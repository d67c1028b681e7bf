package io.railfs.worker.ufs;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import io.railfs.worker.ufs.UfsHealth.Operation;
import java.nio.ByteBuffer;
import java.util.Map;

/**
 * A UFS whose requests are counted. The attributes of a store's root, extended attributes and space
 * are made up where a UFS has none of its own, so that they do not say that it is there.
 */
public final class WatchedUfs implements Ufs {
  private final Ufs ufs;
  private final UfsHealth health;

  /**
   * @param ufs is closed with this
   */
  public WatchedUfs(Ufs ufs, UfsHealth health) {
    this.ufs = requireNonNull(ufs, "ufs is null");
    this.health = requireNonNull(health, "health is null");
  }

  public UfsHealth health() {
    return health;
  }

  @Override
  public String identity(RailPath path) throws UfsException {
    return ufs.identity(path);
  }

  @Override
  public void probe(long millis) throws UfsException {
    ufs.probe(millis);
  }

  @Override
  public Attributes stat(RailPath path) throws UfsException {
    long began = health.began();
    try {
      Attributes found = ufs.stat(path);
      if (!path.isRoot()) {
        health.answered();
      }
      return found;
    } catch (UfsException e) {
      health.failed(e);
      throw e;
    } finally {
      health.ended(Operation.STAT, began);
    }
  }

  @Override
  public Listing list(RailPath path) throws UfsException {
    return counted(() -> ufs.list(path));
  }

  @Override
  public Listing listWatched(RailPath path, Runnable changed) throws UfsException {
    return counted(() -> ufs.listWatched(path, changed));
  }

  private interface Question {
    Listing ask() throws UfsException;
  }

  private Listing counted(Question question) throws UfsException {
    long began = health.began();
    try {
      Listing listing = question.ask();
      health.answered();
      return new WatchedListing(listing, health);
    } catch (UfsException e) {
      health.failed(e);
      throw e;
    } finally {
      health.ended(Operation.LIST, began);
    }
  }

  @Override
  public Map<ByteString, ByteString> xattrs(RailPath path) throws UfsException {
    long began = health.began();
    try {
      return ufs.xattrs(path);
    } catch (UfsException e) {
      health.failed(e);
      throw e;
    } finally {
      health.ended(Operation.XATTRS, began);
    }
  }

  @Override
  public Space space() throws UfsException {
    long began = health.began();
    try {
      return ufs.space();
    } catch (UfsException e) {
      health.failed(e);
      throw e;
    } finally {
      health.ended(Operation.SPACE, began);
    }
  }

  @Override
  public void read(RailPath path, FileVersion version, long offset, ByteBuffer target)
      throws UfsException {
    int length = target.remaining();
    long began = health.began();
    try {
      ufs.read(path, version, offset, target);
      health.read(length);
    } catch (UfsException e) {
      health.failed(e);
      throw e;
    } finally {
      health.ended(Operation.READ, began);
    }
  }

  @Override
  public void close() {
    ufs.close();
  }
}
