// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Random;

/** Makes datasets. Everything is a function of the seed. */
final class Datasets {
  private Datasets() {}

  static void file(Path path, long size, long seed) throws IOException {
    Random random = new Random(seed);
    byte[] buffer = new byte[1 << 20];
    try (OutputStream out = Files.newOutputStream(path)) {
      for (long left = size; left > 0; left -= buffer.length) {
        random.nextBytes(buffer);
        out.write(buffer, 0, (int) Math.min(left, buffer.length));
      }
    }
  }

  /**
   * Every size around the boundaries of chunk, page, request and block; every kind of name; links;
   * modes; times.
   */
  static void everything(Path root) throws IOException {
    int[] sizes = {
      0, 1, 511, 4095, 4096, 4097, 16383, 16384, 16385, 131071, 131072, 131073, 1048576, 4194303,
      4194304, 4194305, 9_000_000
    };
    Path bySize = Files.createDirectory(root.resolve("sizes"));
    for (int size : sizes) {
      file(bySize.resolve("f" + size), size, size);
    }
    Path deep = root;
    for (int i = 0; i < 120; i++) {
      deep = Files.createDirectory(deep.resolve("level-" + i));
    }
    file(deep.resolve("bottom"), 1000, 7);
    names(root);
    Files.createDirectory(root.resolve("empty-directory"));
    Files.createSymbolicLink(root.resolve("link-to-file"), Path.of("sizes/f4097"));
    Files.createSymbolicLink(root.resolve("link-to-directory"), Path.of("sizes"));
    Files.createSymbolicLink(root.resolve("sizes/link-up"), Path.of("../level-0"));
    Files.createSymbolicLink(root.resolve("link-to-nothing"), Path.of("no/such/thing"));
    Files.createSymbolicLink(root.resolve("link-to-elsewhere"), Path.of("/usr/bin/env"));
    Files.createSymbolicLink(
        root.resolve("link-over-link"), Path.of("link-to-directory/../executable"));
    file(root.resolve("executable"), 100, 8);
    Files.setPosixFilePermissions(
        root.resolve("executable"), PosixFilePermissions.fromString("rwxr-x--x"));
    Shell.bash(
            """
            cd "$1/sizes"
            touch -d '1999-12-31 23:59:59.123456789' f1
            touch -d '2100-01-01' f511
            touch -d '1901-12-14 00:00:00.5 UTC' f4095
            touch -d '1969-12-31 23:59:59.5 UTC' f4096
            touch -d '2262-04-12 UTC' f4097
            touch -d '2446-05-10 22:38:55 UTC' f16383
            """,
            root)
        .ok();
  }

  /** Names as bytes, which Java's strings cannot all hold. */
  private static void names(Path root) {
    Shell.bash(
            """
            cd "$1" && mkdir names && cd names
            echo utf8 > 'żółw-日本語-🐢'
            echo latin1 > $'caf\\xe9'
            echo bytes > $'\\xff\\xfe\\x80'
            mkdir $'dir-\\xf0\\x28\\x8c' && echo inside > $'dir-\\xf0\\x28\\x8c/file'
            echo newline > $'two\\nlines'
            echo space > ' leading and trailing '
            echo special > '%41#?&*"\\'"'"'|;$(x)`y`\\\\'
            echo dash > -rf
            echo long > "$(printf 'n%.0s' $(seq 255))"
            """,
            root)
        .ok();
  }

  /** Many empty files with names of one pattern in one directory. */
  static void manyFiles(Path directory, int count) throws IOException {
    Files.createDirectories(directory);
    for (int i = 0; i < count; i++) {
      Files.createFile(directory.resolve(String.format("sample-%07d.jpg", i)));
    }
  }

  /**
   * A sparse file of {@code size} bytes that holds its own offset, as text, at each of these
   * offsets.
   */
  static void sparse(Path path, long size, long... offsets) throws IOException {
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[1]), size - 1);
      for (long offset : offsets) {
        channel.write(
            ByteBuffer.wrap(
                Long.toString(offset).getBytes(java.nio.charset.StandardCharsets.US_ASCII)),
            offset);
      }
    }
  }
}
