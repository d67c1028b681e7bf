// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.system;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A directory that a contender mounts on.
 *
 * @param path absolute, without symlinks and without characters that mountinfo escapes
 */
public record MountPoint(Path path) {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  /** Makes the directory. */
  public static MountPoint make(Path path) throws BenchException {
    try {
      Files.createDirectories(path);
      return new MountPoint(path.toRealPath());
    } catch (IOException e) {
      throw new BenchException("the mountpoint " + path + " cannot be made: " + e.getMessage(), e);
    }
  }

  /** Whether something is mounted on it. */
  public boolean isMounted() throws BenchException {
    return device() != null;
  }

  private String device() throws BenchException {
    String found = null;
    try {
      for (String line :
          Files.readAllLines(Path.of("/proc/self/mountinfo"), StandardCharsets.ISO_8859_1)) {
        String[] fields = line.split(" ", 6);
        if (fields[4].equals(path.toString())) {
          found = fields[2];
        }
      }
    } catch (IOException e) {
      throw new BenchException("/proc/self/mountinfo cannot be read", e);
    }
    return found;
  }

  /** Sets what the kernel reads ahead of a sequential reader of this mount. */
  public void readAhead(int kibibytes) throws BenchException {
    try {
      Files.writeString(
          Path.of("/sys/class/bdi/" + device() + "/read_ahead_kb"), Integer.toString(kibibytes));
    } catch (IOException e) {
      throw new BenchException("the readahead of " + path + " cannot be set: " + e.getMessage(), e);
    }
  }

  /** Unmounts, lazily where it is in use; nothing happens where nothing is mounted. */
  public void unmount() throws BenchException, InterruptedException {
    if (!isMounted()) {
      return;
    }
    if (Command.attempt(LIMIT, List.of("umount", path.toString())).exit() != 0) {
      Command.attempt(LIMIT, List.of("umount", "-l", path.toString()));
    }
  }
}
