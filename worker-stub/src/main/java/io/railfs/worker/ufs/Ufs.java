// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.ufs;

import com.google.protobuf.ByteString;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import java.nio.ByteBuffer;
import java.util.Map;

/**
 * The under-filesystem that a worker caches: a tree below one root, read only. No path leads out of
 * the root, whatever symlinks the tree holds: a symlink is an entry like any other, never followed.
 *
 * <p>Thread-safe. Every method may block for as long as the storage takes. Errors: {@link
 * UfsException} with NOT_FOUND, NOT_A_DIRECTORY (also where a component in the middle is a
 * symlink), NOT_A_FILE, ACCESS_DENIED, STALE or UFS_FAILED.
 */
public interface Ufs extends AutoCloseable {

  /**
   * What distinguishes the UFS that a path leads to from every other one that could be in its
   * place: what a version does not say. Without credentials; the same after a restart. Never
   * blocks.
   */
  String identity(RailPath path) throws UfsException;

  /**
   * One small question whose answer says whether the UFS as a whole is what it should be.
   *
   * @param millis longest time, where that can be bounded
   * @throws UfsException with its trouble and reason where it is not
   */
  void probe(long millis) throws UfsException;

  /** The attributes of what the path names; a symlink is not followed. */
  Attributes stat(RailPath path) throws UfsException;

  /**
   * Starts a listing without "." and "..", in the order of the UFS. Its memory is bounded, however
   * many entries there are. The caller closes it.
   */
  Listing list(RailPath path) throws UfsException;

  /**
   * The same, of a directory that is watched where the UFS can do that: who wants to know of
   * changes closes the {@link Listing#watch} at the end.
   *
   * @param changed run once, soon after an entry came, went or changed, or the directory did; by
   *     any thread, and not for long. Not every change is seen, such as one by another machine.
   */
  default Listing listWatched(RailPath path, Runnable changed) throws UfsException {
    return list(path);
  }

  /**
   * The extended attributes of what the path names, by full name ("user.label"); none where the UFS
   * does not have such, or the path names neither a file nor a directory.
   */
  Map<ByteString, ByteString> xattrs(RailPath path) throws UfsException;

  /** Space of the UFS as a whole. */
  Space space() throws UfsException;

  /**
   * Fills what remains of {@code target} with the bytes of one version of a file: never fewer,
   * never of another version. The caller asks only for bytes that the version has.
   *
   * @param offset bytes from the start of the file
   * @throws UfsException with STALE where the file has another version before or after the read;
   *     what {@code target} holds then means nothing
   */
  void read(RailPath path, FileVersion version, long offset, ByteBuffer target) throws UfsException;

  @Override
  void close();

  /**
   * Space of a file system, in bytes.
   *
   * @param total size of the file system
   * @param free not in use
   * @param available not in use and open to ordinary users
   */
  record Space(long total, long free, long available) {}
}
