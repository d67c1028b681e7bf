// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A file system of its own, mounted for one test. Needs root. */
public final class TestMount implements AutoCloseable {
  private final Path path;

  private TestMount(Path path) {
    this.path = path;
  }

  /** A tmpfs, such as one with "size=1m" that is soon full. */
  public static TestMount tmpfs(Path path, String options) throws IOException {
    Files.createDirectories(path);
    run("mount", "-t", "tmpfs", "-o", options, "tmpfs", path.toString());
    return new TestMount(path);
  }

  /** An ext4 file system of 32 MiB on a loop device. */
  public static TestMount ext4(Path path) throws IOException {
    Files.createDirectories(path);
    Path image = path.resolveSibling(path.getFileName() + ".img");
    run("truncate", "-s", "32M", image.toString());
    run("mkfs.ext4", "-q", image.toString());
    run("mount", "-o", "loop", image.toString(), path.toString());
    return new TestMount(path);
  }

  public Path path() {
    return path;
  }

  /**
   * Makes an ext4 file system do what it does after an error of its disk: it takes no writes any
   * more, even to files that are open.
   */
  public void failWrites() throws IOException {
    run("mount", "-o", "remount,abort", path.toString());
  }

  private static void run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).inheritIO().start();
    try {
      if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IOException(String.join(" ", command) + " failed");
      }
    } catch (InterruptedException e) {
      throw new IOException("interrupted", e);
    }
  }

  @Override
  public void close() throws IOException {
    run("umount", "-l", path.toString());
  }
}
