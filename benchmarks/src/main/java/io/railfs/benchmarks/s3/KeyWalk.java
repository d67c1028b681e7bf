// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.s3;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One page of a listing. Directories are walked in the order of their names followed by a slash,
 * which gives keys in their order; of those that begin with the prefix or come after the beginning
 * of the page, no others are opened.
 */
final class KeyWalk {
  private final Bucket bucket;
  private final ListRequest request;
  private final List<StoredObject> objects = new ArrayList<>();
  private final List<String> groups = new ArrayList<>();
  private String last = "";
  private boolean full;

  private KeyWalk(Bucket bucket, ListRequest request) {
    this.bucket = bucket;
    this.request = request;
  }

  static ListPage page(Bucket bucket, ListRequest request) throws IOException {
    KeyWalk walk = new KeyWalk(bucket, request);
    if (request.most() > 0) {
      String prefix = request.prefix();
      walk.walk(prefix.substring(0, prefix.lastIndexOf('/') + 1));
    }
    return new ListPage(walk.objects, walk.groups, walk.full ? walk.last : "");
  }

  /** A file or a directory, whose key ends with a slash. */
  private record Child(String key, Path path, BasicFileAttributes attributes) {
    boolean isDirectory() {
      return attributes.isDirectory();
    }
  }

  private void walk(String directory) throws IOException {
    Optional<Path> path = bucket.directory(directory);
    for (Child child : path.isEmpty() ? List.<Child>of() : children(path.get(), directory)) {
      if (!child.key().startsWith(request.prefix()) || isPassed(child)) {
        continue;
      }
      if (!child.isDirectory()) {
        if (take(child.key())) {
          objects.add(StoredObject.of(child.key(), child.path(), child.attributes()));
        }
      } else if (!request.grouped()) {
        walk(child.key());
      } else if (hasFiles(child.path()) && take(child.key())) {
        groups.add(child.key());
      }
      if (full) {
        return;
      }
    }
  }

  /** Whether it was on an earlier page; a directory may be so in part. */
  private boolean isPassed(Child child) {
    String after = request.after();
    boolean inside =
        child.isDirectory()
            && after.startsWith(child.key())
            && !(request.grouped() && after.equals(child.key()));
    return !inside && KeyOrder.compare(child.key(), after) <= 0;
  }

  /** Whether there was room for one more; otherwise the page is full. */
  private boolean take(String key) {
    if (objects.size() + groups.size() == request.most()) {
      full = true;
      return false;
    }
    last = key;
    return true;
  }

  private static List<Child> children(Path directory, String prefix) throws IOException {
    List<Child> children = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        BasicFileAttributes attributes = Files.readAttributes(entry, BasicFileAttributes.class);
        if (attributes.isDirectory() || attributes.isRegularFile()) {
          String key = prefix + entry.getFileName() + (attributes.isDirectory() ? "/" : "");
          children.add(new Child(key, entry, attributes));
        }
      }
    } catch (NoSuchFileException e) {
      // It was renamed meanwhile: what was seen of it is not there any more.
      return List.of();
    }
    children.sort((first, second) -> KeyOrder.compare(first.key(), second.key()));
    return children;
  }

  /** S3 has no empty directories. */
  private static boolean hasFiles(Path directory) throws IOException {
    List<Path> directories = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        if (Files.isRegularFile(entry)) {
          return true;
        }
        directories.add(entry);
      }
    }
    for (Path below : directories) {
      if (Files.isDirectory(below) && hasFiles(below)) {
        return true;
      }
    }
    return false;
  }
}
