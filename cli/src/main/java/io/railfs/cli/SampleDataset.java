// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.SplittableRandom;

/** A small dataset for a first try: shards, samples and a text, the same bytes on every machine. */
final class SampleDataset {
  private static final int MIB = 1 << 20;
  private static final int SHARDS = 3;
  private static final int SHARD_SIZE = 16 * MIB;
  private static final int SAMPLES = 200;
  private static final int MAX_SAMPLE_SIZE = 64 << 10;
  private static final long SEED = 20_240_229;
  private static final String READ_ME = "README.txt";

  private SampleDataset() {}

  /** Makes it, unless it is there: the text is written last. */
  static void generate(Path directory) throws IOException {
    if (Files.exists(directory.resolve(READ_ME))) {
      return;
    }
    SplittableRandom random = new SplittableRandom(SEED);
    Files.createDirectories(directory.resolve("shards"));
    for (int i = 0; i < SHARDS; i++) {
      String name = String.format(Locale.US, "train-%05d.bin", i);
      write(directory.resolve("shards").resolve(name), SHARD_SIZE, random.split());
    }
    Files.createDirectories(directory.resolve("samples"));
    for (int i = 0; i < SAMPLES; i++) {
      String name = String.format(Locale.US, "%06d.jpg", i);
      int size = random.nextInt(MAX_SAMPLE_SIZE);
      write(directory.resolve("samples").resolve(name), size, random.split());
    }
    Files.writeString(
        directory.resolve(READ_ME),
        "A sample dataset of RailFS: random bytes, the same on every machine.\n",
        UTF_8);
  }

  private static void write(Path file, int size, SplittableRandom random) throws IOException {
    byte[] buffer = new byte[64 << 10];
    try (OutputStream out = Files.newOutputStream(file)) {
      for (int left = size; left > 0; left -= buffer.length) {
        random.nextBytes(buffer);
        out.write(buffer, 0, Math.min(left, buffer.length));
      }
    }
  }
}
