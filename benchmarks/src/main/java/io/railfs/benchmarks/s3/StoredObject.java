// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.s3;

import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * A file as an object.
 *
 * @param etag without quotes; another one for each size, modification time and inode
 */
record StoredObject(String key, Path file, long size, Instant modified, String etag) {
  static StoredObject of(String key, Path file, BasicFileAttributes attributes) {
    long nanos = attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS);
    String etag =
        Long.toHexString(attributes.size())
            + "-"
            + Long.toHexString(nanos)
            + "-"
            + inode(attributes.fileKey().toString());
    return new StoredObject(
        key, file, attributes.size(), attributes.lastModifiedTime().toInstant(), etag);
  }

  /** The JDK writes "(dev=...,ino=...)". */
  private static String inode(String fileKey) {
    return fileKey.substring(fileKey.lastIndexOf('=') + 1, fileKey.length() - 1);
  }

  String quotedEtag() {
    return '"' + etag + '"';
  }
}
