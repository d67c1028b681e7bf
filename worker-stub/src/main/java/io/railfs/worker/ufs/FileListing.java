// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.ufs;

import com.google.protobuf.ByteString;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.RailPath;
import io.railfs.worker.posix.PosixException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Iterator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lists an open directory, which it owns. */
final class FileListing implements Listing {
  private static final Logger log = LoggerFactory.getLogger(FileListing.class);

  private final DirectoryHandle directory;
  private final RailPath path;
  private final LocalRoot root;
  private final Iterator<Path> names;

  private final Watch watch;

  /**
   * Errors: the directory cannot be read; it stays the caller's then.
   *
   * @param watch of the directory, which somebody else closes
   */
  FileListing(DirectoryHandle directory, RailPath path, LocalRoot root, Watch watch)
      throws IOException {
    this.watch = watch;
    this.directory = directory;
    this.path = path;
    this.root = root;
    this.names = directory.names();
  }

  @Override
  public Entry next() throws UfsException {
    try {
      for (Path name = DirectoryHandle.next(names);
          name != null;
          name = DirectoryHandle.next(names)) {
        String latin1 = FileNames.toLatin1(name);
        Attributes attributes = attributesOrNull(latin1);
        if (attributes != null) {
          return new Entry(ByteString.copyFrom(latin1, StandardCharsets.ISO_8859_1), attributes);
        }
      }
      return null;
    } catch (IOException e) {
      throw FileErrors.of(path, e);
    }
  }

  private Attributes attributesOrNull(String name) throws IOException, UfsException {
    try {
      return UnixAttributes.of(directory, name, path, root);
    } catch (PosixException e) {
      if (e.problem() == PosixException.Problem.NOT_FOUND) {
        return null;
      }
      throw e;
    }
  }

  @Override
  public Watch watch() {
    return watch;
  }

  @Override
  public void close() {
    try {
      directory.close();
    } catch (IOException e) {
      log.warn("closing UFS directory {} failed; its descriptor may be lost", path, e);
    }
  }
}
