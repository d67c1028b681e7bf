// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.bulk;

/**
 * How far a load, or another walk over a tree, is. Bytes of replicas count for themselves.
 *
 * @param walking whether more files may be found
 * @param files found
 * @param filesDone of them; failed ones are none
 * @param bytes found
 * @param bytesDone of them; failed ones too
 * @param loadedBytes came from the UFS
 * @param presentBytes were in the stores before
 * @param unstoredBytes were loaded, but no disk took them
 * @param errors files and directories that failed
 * @param seconds since the start
 */
public record BulkProgress(
    boolean walking,
    long files,
    long filesDone,
    long bytes,
    long bytesDone,
    long loadedBytes,
    long presentBytes,
    long unstoredBytes,
    long errors,
    double seconds) {

  /** Bytes a second that came from the UFS. */
  public double bytesPerSecond() {
    return loadedBytes / Math.max(1e-3, seconds);
  }

  /** Seconds that are left at the rate so far; negative where it is not known. */
  public double secondsLeft() {
    double rate = bytesDone / Math.max(1e-3, seconds);
    return walking || rate <= 0 ? -1 : (bytes - bytesDone) / rate;
  }
}
