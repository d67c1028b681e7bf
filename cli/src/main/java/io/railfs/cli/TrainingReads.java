// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.configuration.Conf;
import io.railfs.configuration.ConfException;
import io.railfs.configuration.ProcessRole;
import io.railfs.supervision.RunDirectory;
import io.railfs.supervision.RunId;
import io.railfs.supervision.RunState;
import io.railfs.supervision.system.CommandException;
import io.railfs.supervision.system.Unmount;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A mount in this process, by the command that mounts, and reads of it as training jobs make them:
 * so the archive of classes has what a mount uses, and where the JVM keeps what it has learnt of
 * the code that ran (the AOT cache of JDK 25, JEP 515) later mounts and workers compile that at
 * once.
 */
final class TrainingReads {
  private static final int LARGE = 64 << 20;
  private static final int SMALL = 100 << 10;
  private static final int SMALL_FILES = 300;

  /** As many as it takes until C2 has compiled what finds, opens and closes a file. */
  private static final int TINY_FILES = 20_000;

  private static final int TINY = 1 << 10;
  private static final int PAGE = 4096;
  private static final int ROUNDS = 3;
  private static final int RANDOM_READS = 3000;
  private static final Duration LONGEST = Duration.ofSeconds(25);

  private final Path dataset;
  private final Path conf;
  private final boolean learns;
  private final Path mountpoint;
  private final long end = System.nanoTime() + LONGEST.toNanos();

  /**
   * @param dataset where the files are made
   * @param conf of a mount of the dataset; beside it a log and a mountpoint are made
   * @param learns whether it is to last until the code that reads is compiled
   */
  TrainingReads(Path dataset, Path conf, boolean learns) {
    this.dataset = dataset;
    this.conf = conf;
    this.learns = learns;
    this.mountpoint = conf.resolveSibling("mnt");
  }

  /** Bytes that the worker's store must hold. */
  static long bytes() {
    return 2L * LARGE + (long) SMALL_FILES * SMALL + (long) TINY_FILES * PAGE;
  }

  /** Mounts, reads and unmounts; where nothing can be mounted it ends at once, and says why. */
  void run() throws IOException, ConfException, CommandException {
    makeFiles();
    Files.createDirectory(mountpoint);
    Thread serving = new Thread(this::serve, "railfs-training-mount");
    serving.setDaemon(true);
    serving.start();
    try {
      if (awaitReady(serving)) {
        try {
          WarmUpCommand.run("mount", "-c", conf.toString());
          WarmUpCommand.run("status", "-c", conf.toString());
          readFiles("tiny");
          for (int round = 0; round < (learns ? ROUNDS : 1) && hasTime(); round++) {
            readAll(round);
          }
        } finally {
          // Not by the command, which would wait for the end of this process.
          Unmount.run(mountpoint, Unmount.Mode.LAZY);
        }
        serving.join(LONGEST.toMillis());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void makeFiles() throws IOException {
    byte[] content = new byte[LARGE];
    new Random(1).nextBytes(content);
    for (int i = 0; i < 2; i++) {
      Files.write(dataset.resolve("large-" + i), content);
    }
    makeFiles("small", SMALL_FILES, SMALL, content);
    makeFiles("tiny", learns ? TINY_FILES : 0, TINY, content);
  }

  private void makeFiles(String name, int count, int size, byte[] content) throws IOException {
    Path directory = Files.createDirectory(dataset.resolve(name));
    for (int i = 0; i < count; i++) {
      Files.write(directory.resolve("file-" + i), Arrays.copyOfRange(content, i, i + size));
    }
  }

  private void serve() {
    WarmUpCommand.run(
        "mount",
        "-f",
        "-c",
        conf.toString(),
        "-D",
        "railfs.mount.memory-limit=512MiB",
        "-D",
        // As from workers of other hosts; the transport local has less to learn.
        "railfs.client.data.transport=tcp",
        "--log-file",
        conf.resolveSibling("mount.log").toString(),
        mountpoint.toString());
  }

  private boolean awaitReady(Thread serving)
      throws ConfException, CommandException, InterruptedException {
    RunDirectory runs =
        RunDirectory.of(Conf.load(ProcessRole.MOUNT, Optional.of(conf), List.of()).config());
    RunId id = RunId.ofMount(mountpoint);
    while (serving.isAlive() && hasTime()) {
      if (runs.read(id).filter(record -> record.state() == RunState.READY).isPresent()) {
        return true;
      }
      TimeUnit.MILLISECONDS.sleep(10);
    }
    return false;
  }

  private boolean hasTime() {
    return System.nanoTime() - end < 0;
  }

  private void readAll(int round) throws IOException, InterruptedException {
    readFiles("small");
    readRandom(mountpoint.resolve("large-0"), new Random(round));
    for (int i = 0; i < 2 && hasTime(); i++) {
      readPastTheKernel(mountpoint.resolve("large-" + i));
    }
  }

  private void readFiles(String directory) throws IOException {
    try (Stream<Path> all = Files.list(mountpoint.resolve(directory))) {
      for (Path file : all.toList()) {
        if (hasTime()) {
          Files.readAllBytes(file);
        }
      }
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
