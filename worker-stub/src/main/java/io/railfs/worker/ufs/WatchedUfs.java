// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
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
    return counted(
        Operation.STAT,
        () -> {
          Attributes found = ufs.stat(path);
          if (!path.isRoot()) {
            health.answered();
          }
          return found;
        });
  }

  @Override
  public Listing list(RailPath path) throws UfsException {
    return counted(Operation.LIST, () -> answered(ufs.list(path)));
  }

  @Override
  public Listing listWatched(RailPath path, Runnable changed) throws UfsException {
    return counted(Operation.LIST, () -> answered(ufs.listWatched(path, changed)));
  }

  private Listing answered(Listing listing) {
    health.answered();
    return new WatchedListing(listing, health);
  }

  @Override
  public Map<ByteString, ByteString> xattrs(RailPath path) throws UfsException {
    return counted(Operation.XATTRS, () -> ufs.xattrs(path));
  }

  @Override
  public Space space() throws UfsException {
    return counted(Operation.SPACE, ufs::space);
  }

  @Override
  public void read(RailPath path, FileVersion version, long offset, ByteBuffer target)
      throws UfsException {
    int length = target.remaining();
    Void unused =
        counted(
            Operation.READ,
            () -> {
              ufs.read(path, version, offset, target);
              health.read(length);
              return null;
            });
  }

  private interface Question<T> {
    T ask() throws UfsException;
  }

  private <T> T counted(Operation operation, Question<T> question) throws UfsException {
    long began = health.began();
    try {
      return question.ask();
    } catch (UfsException e) {
      health.failed(e);
      throw e;
    } finally {
      health.ended(operation, began);
    }
  }

  @Override
  public void close() {
    ufs.close();
  }
}
