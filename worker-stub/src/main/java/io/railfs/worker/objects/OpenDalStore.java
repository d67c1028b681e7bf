// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import io.railfs.protocol.Attributes;
import io.railfs.protocol.FileVersion;
import io.railfs.worker.objects.ObjectException.Kind;
import java.nio.ByteBuffer;
import org.apache.opendal.Metadata;

/** A store behind OpenDAL, whose reads take no condition: the version is for the caller to ask. */
final class OpenDalStore implements ObjectStore {
  private static final String PROBE = "railfs-start-probe/";

  private final StoreClient client;

  /** Fails with ObjectException where an option is wrong. */
  OpenDalStore(StoreLocation location, ObjectLimits limits) throws ObjectException {
    this(location, limits, () -> {});
  }

  /**
   * The same.
   *
   * @param throttled called for each answer that wants fewer requests
   */
  OpenDalStore(StoreLocation location, ObjectLimits limits, Runnable throttled)
      throws ObjectException {
    this.client = new StoreClient(location, limits, throttled);
  }

  private Metadata metadata(String key, Deadline deadline) throws ObjectException {
    return client.call(operator -> operator.stat("/" + key), 0, deadline);
  }

  @Override
  public void probe(Deadline deadline) throws ObjectException {
    metadata(PROBE, deadline);
  }

  @Override
  public Attributes stat(String key, Deadline deadline) throws ObjectException {
    Metadata metadata = metadata(key, deadline);
    return metadata.isDir()
        ? ObjectAttributes.DIRECTORY
        : ObjectAttributes.file(metadata.contentLength, metadata.lastModified, metadata.etag);
  }

  @Override
  public boolean isPrefix(String key, Deadline deadline) throws ObjectException {
    try {
      return metadata(key + "/", deadline).isDir();
    } catch (ObjectException e) {
      if (e.kind() == Kind.NOT_FOUND) {
        return false;
      }
      throw e;
    }
  }

  @Override
  public PageSource list(String prefix) {
    return new WholeListing(client, prefix);
  }

  @Override
  public boolean read(
      String key, FileVersion version, long offset, ByteBuffer target, Deadline deadline)
      throws ObjectException {
    new RangeReader(client, key, offset, target, deadline).read();
    return false;
  }

  /** It cuts off white space at the end. */
  @Override
  public boolean takes(String name) {
    return !ObjectNames.endsInWhiteSpace(name);
  }

  @Override
  public void close() {
    client.close();
  }
}
