// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.bench;

import java.io.IOException;

/** A file that many threads read at once. */
public interface ReadSource extends AutoCloseable {
  /** Bytes. */
  long size();

  /**
   * Reads and forgets the bytes; blocks until they are there.
   *
   * @param offset inside the file
   * @param length at least 1; less is read at the end of the file
   * @throws IOException with a sentence that names the file
   */
  void read(long offset, int length) throws IOException, InterruptedException;

  @Override
  void close() throws IOException;
}
