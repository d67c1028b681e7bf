// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount;

import io.railfs.mount.fs.ReadTarget;
import java.nio.ByteBuffer;

/** Copies what is read into an array. */
public final class CopyTarget implements ReadTarget {
  private final byte[] bytes;
  private int finished = -1;

  public CopyTarget(byte[] bytes) {
    this.bytes = bytes;
  }

  @Override
  public void put(int position, ByteBuffer source, int start, int count) {
    source.get(start, bytes, position, count);
  }

  @Override
  public void finish(int count) {
    finished = count;
  }

  /** Bytes that the read ended with, -1 where it did not end. */
  public int finished() {
    return finished;
  }
}
