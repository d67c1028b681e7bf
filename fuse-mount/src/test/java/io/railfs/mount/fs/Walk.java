// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.railfs.mount.nodes.NodeTable;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RailPath;

/** Finds what paths name as the kernel does: name by name, a node each. */
final class Walk {
  private final RailFileSystem fileSystem;
  private final NameScratch scratch = new NameScratch();

  Walk(RailFileSystem fileSystem) {
    this.fileSystem = fileSystem;
  }

  static RailPath path(String text) {
    try {
      return RailPath.of(text);
    } catch (ProtocolException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** The node of a path. Errors: NOT_FOUND where there is no such name. */
  long node(String path) throws FsException {
    long node = NodeTable.ROOT;
    for (String name : path(path).componentsLatin1()) {
      node = child(node, name);
    }
    return node;
  }

  long child(long directory, String name) throws FsException {
    byte[] bytes = name.getBytes(ISO_8859_1);
    System.arraycopy(bytes, 0, scratch.name(), 0, bytes.length);
    scratch.setNameLength(bytes.length);
    if (!fileSystem.lookup(directory, scratch)) {
      throw new FsException(FsException.Problem.NOT_FOUND, name + " does not exist");
    }
    return scratch.node();
  }

  /** Opens as the kernel does: where the name stands for another version, it looks again. */
  OpenFile open(String path) throws FsException {
    long node = node(path);
    try {
      return fileSystem.file(fileSystem.open(node, scratch));
    } catch (FsException e) {
      if (e.problem() != FsException.Problem.CHANGED) {
        throw e;
      }
      return fileSystem.file(fileSystem.open(node(path), scratch));
    }
  }

  long openDirectory(String path) throws FsException {
    return fileSystem.openDirectory(node(path), scratch).handle();
  }

  Attributes attributes(String path) throws FsException {
    return fileSystem.attributes(path(path));
  }
}
