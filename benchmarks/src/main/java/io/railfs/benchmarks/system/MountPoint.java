// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.system;

import io.railfs.base.MountEntry;
import io.railfs.base.MountInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

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
  public boolean isMounted() {
    return device().isPresent();
  }

  private Optional<String> device() {
    return MountInfo.read().at(path).map(MountEntry::device);
  }

  /** Sets what the kernel reads ahead of a sequential reader of this mount. */
  public void readAhead(int kibibytes) throws BenchException {
    try {
      Files.writeString(
          Path.of("/sys/class/bdi/" + device().orElse("none") + "/read_ahead_kb"),
          Integer.toString(kibibytes));
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
