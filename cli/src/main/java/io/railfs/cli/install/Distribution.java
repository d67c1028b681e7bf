// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli.install;

import io.railfs.base.FileFailure;
import io.railfs.supervision.system.CommandException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What there is to install: the files of a source tree that has been built, or of an installation.
 *
 * @param files path inside a release to the file
 */
record Distribution(SortedMap<String, Path> files) {
  private static final int DIGITS = 10;

  /** Directory of a release to where a source tree has it. */
  private static final Map<String, String> IN_A_SOURCE_TREE =
      Map.of(
          "lib", "cli/target/railfs/lib",
          "legal", "cli/target/railfs/legal",
          "defaults", "conf");

  /** Those of the directory that holds bin/. */
  static Distribution of(Path home) throws CommandException {
    SortedMap<String, Path> files = new TreeMap<>();
    boolean installed = Files.isDirectory(home.resolve("defaults"));
    for (String part : new String[] {"bin", "lib", "legal", "defaults", "deploy", "docs"}) {
      Path directory = home.resolve(installed ? part : IN_A_SOURCE_TREE.getOrDefault(part, part));
      collect(part, directory, files);
    }
    return new Distribution(files);
  }

  private static void collect(String part, Path directory, SortedMap<String, Path> files)
      throws CommandException {
    try (Stream<Path> walk = Files.walk(directory)) {
      walk.filter(Files::isRegularFile)
          .forEach(file -> files.put(part + "/" + directory.relativize(file), file));
    } catch (IOException e) {
      throw new CommandException(
          directory
              + " cannot be read ("
              + FileFailure.describe(e)
              + "); build RailFS first: bin/railfs quickstart",
          e);
    }
  }

  /** A short name for exactly these files. */
  String digest() throws CommandException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (Map.Entry<String, Path> file : files.entrySet()) {
        byte[] content = Files.readAllBytes(file.getValue());
        digest.update(file.getKey().getBytes(StandardCharsets.UTF_8));
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(content.length).flip());
        digest.update(content);
      }
      return HexFormat.of().formatHex(digest.digest()).substring(0, DIGITS);
    } catch (IOException e) {
      throw new CommandException(
          "a file of the build cannot be read: " + FileFailure.describe(e), e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** Copies everything below a directory that is not there yet. */
  void copyTo(Path release) throws IOException {
    for (Map.Entry<String, Path> file : files.entrySet()) {
      Path target = release.resolve(file.getKey());
      Files.createDirectories(target.getParent());
      Files.copy(file.getValue(), target);
      Modes.set(target, file.getKey().startsWith("bin/") ? "rwxr-xr-x" : "rw-r--r--");
    }
  }
}
