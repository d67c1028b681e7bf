// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.trust;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.railfs.fabric.FabricException;
import java.nio.file.Path;
import java.util.List;

/**
 * A file with one secret a line. Each is accepted from others; the first is what this process
 * proves itself with.
 */
final class SecretFile {
  private static final int MIN_LENGTH = 16;
  private static final int MAX_LENGTH = 1024;
  private static final int MAX_LINES = 8;

  private SecretFile() {}

  /** Fails: one sentence where the file is open to others or holds something else. */
  static List<Secret> read(Path file) throws FabricException {
    byte[] bytes = PrivateFile.read("secret file", file, MAX_LINES * (MAX_LENGTH + 1));
    List<String> lines =
        new String(bytes, ISO_8859_1).lines().map(String::strip).filter(l -> !l.isEmpty()).toList();
    if (lines.isEmpty() || lines.size() > MAX_LINES || !lines.stream().allMatch(SecretFile::is)) {
      throw new FabricException(
          "secret file %s does not hold 1 to %d lines, each of %d to %d visible ASCII characters; make one: head -c 32 /dev/urandom | base64 > %s"
              .formatted(file, MAX_LINES, MIN_LENGTH, MAX_LENGTH, file));
    }
    return lines.stream().map(line -> new Secret(file, line)).toList();
  }

  private static boolean is(String line) {
    return line.length() >= MIN_LENGTH
        && line.length() <= MAX_LENGTH
        && line.chars().allMatch(c -> c > ' ' && c < 0x7f);
  }
}
