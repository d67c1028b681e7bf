// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import com.google.protobuf.ByteString;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.EntryType;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Attributes of objects and of the directories above them. Object stores have no owners and modes;
 * everyone may read. Times are cut to seconds, because stores tell an object's time to the second
 * when asked for it and more closely when they list it, and both must give one file version.
 */
final class ObjectAttributes {
  private static final int FILE_MODE = 0444;
  private static final int DIRECTORY_MODE = 0555;

  /** Without a time, for none of a prefix is known. */
  static final Attributes DIRECTORY =
      new Attributes(EntryType.DIRECTORY, DIRECTORY_MODE, 0, 0, 0, 0, 0, "", ByteString.EMPTY);

  private ObjectAttributes() {}

  static Attributes file(long size, Instant modified, String etag) {
    long nanos =
        modified == null
            ? 0
            : ChronoUnit.NANOS.between(Instant.EPOCH, modified.truncatedTo(ChronoUnit.SECONDS));
    return new Attributes(
        EntryType.REGULAR, FILE_MODE, 0, 0, size, nanos, nanos, plain(etag), ByteString.EMPTY);
  }

  /** The etag without the quotes that some replies have around it. */
  private static String plain(String etag) {
    if (etag == null) {
      return "";
    }
    boolean quoted = etag.length() >= 2 && etag.startsWith("\"") && etag.endsWith("\"");
    return quoted ? etag.substring(1, etag.length() - 1) : etag;
  }
}
