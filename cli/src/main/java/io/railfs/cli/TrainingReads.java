// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import com.typesafe.config.Config;
import io.railfs.client.ClientSettings;
import io.railfs.mount.Mount;
import io.railfs.mount.MountException;
import io.railfs.mount.MountSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Reads of a mount as training jobs make them, for as long as it takes the JVM to learn how the
 * read path runs: the AOT cache of JDK 25 keeps what it has learnt (JEP 515), and later mounts and
 * workers compile that at once.
 */
final class TrainingReads {
  private static final int LARGE = 64 << 20;
  private static final int SMALL = 100 << 10;
  private static final int SMALL_FILES = 300;
  private static final int PAGE = 4096;
  private static final int ROUNDS = 3;
  private static final int RANDOM_READS = 3000;
  private static final Duration LONGEST = Duration.ofSeconds(12);

  private final Config config;
  private final Path dataset;
  private final Path mountpoint;
  private final long end = System.nanoTime() + LONGEST.toNanos();

  /**
   * @param config of a mount of the dataset
   * @param dataset where the files are made
   * @param mountpoint an empty directory
   */
  TrainingReads(Config config, Path dataset, Path mountpoint) {
    this.config = config;
    this.dataset = dataset;
    this.mountpoint = mountpoint;
  }

  /** Bytes that the worker's store must hold. */
  static long bytes() {
    return 2L * LARGE + (long) SMALL_FILES * SMALL;
  }

  /** Mounts, reads and unmounts. */
  void run() throws IOException, MountException, InterruptedException {
    byte[] content = new byte[LARGE];
    new Random(1).nextBytes(content);
    for (int i = 0; i < 2; i++) {
      Files.write(dataset.resolve("large-" + i), content);
    }
    Path directory = Files.createDirectory(dataset.resolve("small"));
    for (int i = 0; i < SMALL_FILES; i++) {
      try (FileChannel out = FileChannel.open(directory.resolve("file-" + i), CREATE_NEW, WRITE)) {
        out.write(ByteBuffer.wrap(content, i, SMALL));
      }
    }
    try (Mount mount =
        Mount.start(MountSettings.of(config), ClientSettings.of(config), mountpoint, () -> {})) {
      for (int round = 0; round < ROUNDS && mount.isAlive() && hasTime(); round++) {
        readAll(round);
      }
    }
  }

  private boolean hasTime() {
    return System.nanoTime() - end < 0;
  }

  private void readAll(int round) throws IOException, InterruptedException {
    try (Stream<Path> all = Files.list(mountpoint.resolve("small"))) {
      for (Path file : all.toList()) {
        if (hasTime()) {
          Files.readAllBytes(file);
        }
      }
    }
    readRandom(mountpoint.resolve("large-0"), new Random(round));
    for (int i = 0; i < 2 && hasTime(); i++) {
      readPastTheKernel(mountpoint.resolve("large-" + i));
    }
  }

  private void readRandom(Path file, Random random) throws IOException {
    ByteBuffer page = ByteBuffer.allocateDirect(PAGE);
    try (FileChannel in = FileChannel.open(file)) {
      for (int i = 0; i < RANDOM_READS && hasTime(); i++) {
        in.read(page.clear(), (long) random.nextInt(LARGE / PAGE) * PAGE);
      }
    }
  }

  /** By another program, as Java has no supported way to read past the kernel's pages. */
  private void readPastTheKernel(Path file) throws IOException, InterruptedException {
    Process reader =
        new ProcessBuilder("dd", "if=" + file, "of=/dev/null", "bs=1M", "iflag=direct")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (!reader.waitFor(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS)) {
      reader.destroyForcibly();
    }
  }
}
