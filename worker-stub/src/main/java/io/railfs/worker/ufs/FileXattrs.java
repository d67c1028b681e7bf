// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.ufs;

import com.google.protobuf.ByteString;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.worker.posix.Posix;
import io.railfs.worker.posix.PosixException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads the extended attributes of the "user." namespace. Others are not the dataset's but its
 * machine's: capabilities, labels, access control lists.
 */
final class FileXattrs {
  private static final ByteString USER = ByteString.copyFromUtf8("user.");

  /** All names and values of one file; a reply must stay below the largest frame. */
  private static final int MAX_TOTAL_BYTES = 512 << 10;

  private FileXattrs() {}

  /**
   * Names and values, byte for byte.
   *
   * @param place with one char for each byte
   * @param path for messages
   */
  static Map<ByteString, ByteString> read(String place, RailPath path)
      throws PosixException, UfsException {
    Map<ByteString, ByteString> found = new LinkedHashMap<>();
    int total = 0;
    try {
      for (ByteString name : Posix.attributes(place)) {
        // Null: removed since it was listed.
        byte[] value = name.startsWith(USER) ? Posix.attribute(place, name) : null;
        if (value != null) {
          total += name.size() + value.length;
          if (total > MAX_TOTAL_BYTES) {
            throw new UfsException(
                ErrorCode.UFS_FAILED,
                "the extended attributes of '" + path + "' exceed " + MAX_TOTAL_BYTES + " bytes");
          }
          found.put(name, ByteString.copyFrom(value));
        }
      }
    } catch (PosixException e) {
      if (e.problem() == PosixException.Problem.NOT_SUPPORTED) {
        return Map.of();
      }
      throw e;
    }
    return found;
  }
}
