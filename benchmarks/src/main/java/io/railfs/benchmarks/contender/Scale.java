// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.contender;

import java.util.Locale;

/**
 * How large the dataset is, and the memory of a client whose cache is to be smaller or larger.
 *
 * @param files large files
 * @param fileSize bytes of each
 * @param tinyFiles files of 1 KiB
 * @param smallFiles files of 100 KiB
 * @param smallMemory of a mount whose cache holds about a sixth of the large files
 * @param largeMemory of a mount whose cache holds one of them
 */
public record Scale(
    int files,
    long fileSize,
    int tinyFiles,
    int smallFiles,
    String smallMemory,
    String largeMemory) {
  /** 4 GiB; the client cache is scaled with it, as 16 GiB would be to a mount of 4 GiB. */
  private static final Scale FULL = new Scale(4, 1L << 30, 20_000, 2_000, "1GiB", "3GiB");

  /** For machines that cannot keep five copies of the full one, and all servers, in memory. */
  private static final Scale HALF = new Scale(4, 512L << 20, 20_000, 2_000, "768MiB", "2GiB");

  private static final Scale SMALL = new Scale(4, 256L << 20, 4_000, 400, "512MiB", "1GiB");

  /** The scale of this name. */
  public static Scale of(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "full" -> FULL;
      case "half" -> HALF;
      case "small" -> SMALL;
      default ->
          throw new IllegalArgumentException(
              "--scale is '" + name + "', but can be small, half or full");
    };
  }

  /** Bytes of a file that no cache has seen. */
  long coldSize() {
    return fileSize / 4;
  }

  /** Bytes of all large files. */
  public long bytes() {
    return files * fileSize;
  }

  @Override
  public String toString() {
    return "%d x %d MiB, %,d x 1 KiB, %,d x 100 KiB, cold %d MiB"
        .formatted(files, fileSize >> 20, tinyFiles, smallFiles, coldSize() >> 20);
  }
}
