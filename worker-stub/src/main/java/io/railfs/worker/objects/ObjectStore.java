// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import io.railfs.protocol.Attributes;
import io.railfs.protocol.FileVersion;
import java.nio.ByteBuffer;

/**
 * What a reader asks of an object store. Keys are below the root of its location. Thread-safe;
 * every call ends by its deadline, and none leaves a request behind that still writes.
 */
interface ObjectStore extends AutoCloseable {
  /** One question whose answer says whether options, credentials and bucket are right. */
  void probe(Deadline deadline) throws ObjectException;

  /** The attributes of an object; NOT_FOUND where there is none. */
  Attributes stat(String key, Deadline deadline) throws ObjectException;

  /** Whether there are keys below this one. */
  boolean isPrefix(String key, Deadline deadline) throws ObjectException;

  /**
   * The pages of a directory.
   *
   * @param prefix empty, or with a slash at its end
   */
  PageSource list(String prefix);

  /**
   * Fills what remains of the target.
   *
   * @return whether the store's own answers say that every byte is of that version; where not, the
   *     caller asks for the version afterwards
   */
  boolean read(String key, FileVersion version, long offset, ByteBuffer target, Deadline deadline)
      throws ObjectException;

  /** Whether a key of this ending can be asked for as it is. */
  boolean takes(String name);

  @Override
  void close();
}
