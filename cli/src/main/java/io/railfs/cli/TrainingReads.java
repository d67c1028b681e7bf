// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.supervision.system.CommandException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A small dataset, and reads of its mount as training jobs make them: names, small files one by one
 * and by two readers, random blocks, streams past the kernel's pages.
 *
 * @param dataset where the files are made
 * @param mountpoint where they are read
 */
record TrainingReads(Path dataset, Path mountpoint) {
  private static final int LARGE = 16 << 20;

  /** So many that each worker has some. */
  private static final int LARGE_FILES = 8;

  private static final int SMALL = 100 << 10;
  private static final int SMALL_FILES = 300;

  /** As many as it takes until C2 has compiled what finds, opens, loads and closes a file. */
  private static final int TINY_FILES = 8_000;

  private static final int TINY = 1 << 10;
  private static final int PAGE = 4096;
  private static final int ROUNDS = 2;
  private static final int RANDOM_READS = 1000;
  private static final int READERS = 2;

  /** What is not read by then is not learnt. */
  private static final Duration LONGEST = Duration.ofSeconds(45);

  /** Bytes that the worker's store must hold. */
  static long bytes() {
    return (long) LARGE_FILES * LARGE + (long) SMALL_FILES * SMALL + 2L * TINY_FILES * PAGE;
  }

  /** Makes what {@link #once} reads. */
  void makeFew() throws IOException {
    byte[] content = content(LARGE);
    for (int i = 0; i < LARGE_FILES; i++) {
      Files.write(large(dataset, i), content);
    }
    make("small", SMALL_FILES, SMALL);
  }

  /** Makes what {@link #thoroughly} reads. */
  void makeMany() throws IOException {
    makeFew();
    make("tiny", TINY_FILES, TINY);
    make("more", TINY_FILES, TINY);
  }

  /** Reads a little of everything, so that its classes are loaded. */
  void once() throws IOException, InterruptedException {
    readLarger(0, deadline());
  }

  /** Reads until the code that reads is compiled, at most 45 s. */
  void thoroughly() throws IOException, CommandException, InterruptedException {
    long end = deadline();
    walk();
    read(shuffled("tiny"), end);
    for (int round = 0; round < ROUNDS && isBefore(end); round++) {
      readLarger(round, end);
    }
    readTogether("more", end);
  }

  private static long deadline() {
    return System.nanoTime() + LONGEST.toNanos();
  }

  private static boolean isBefore(long end) {
    return System.nanoTime() - end < 0;
  }

  private void make(String name, int count, int size) throws IOException {
    byte[] content = content(size + count);
    Path directory = Files.createDirectory(dataset.resolve(name));
    for (int i = 0; i < count; i++) {
      Files.write(directory.resolve("file-" + i), Arrays.copyOfRange(content, i, i + size));
    }
  }

  private static byte[] content(int size) {
    byte[] content = new byte[size];
    new Random(1).nextBytes(content);
    return content;
  }

  private static Path large(Path directory, int index) {
    return directory.resolve("large-" + index);
  }

  private void walk() throws IOException {
    Files.walkFileTree(
        mountpoint,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private void readLarger(int round, long end) throws IOException, InterruptedException {
    read(files("small"), end);
    for (int i = 0; i < LARGE_FILES; i += READERS) {
      readRandom(large(mountpoint, i), new Random(round), end);
      readPastTheKernel(List.of(large(mountpoint, i)), end);
      readPastTheKernel(List.of(large(mountpoint, i), large(mountpoint, i + 1)), end);
    }
  }

  private List<Path> files(String directory) throws IOException {
    try (Stream<Path> all = Files.list(mountpoint.resolve(directory))) {
      return all.toList();
    }
  }

  private List<Path> shuffled(String directory) throws IOException {
    List<Path> files = new ArrayList<>(files(directory));
    Collections.shuffle(files, new Random(1));
    return files;
  }

  private static void read(List<Path> files, long end) throws IOException {
    for (Path file : files) {
      if (isBefore(end)) {
        Files.readAllBytes(file);
      }
    }
  }

  /** Each reader a part of them. */
  private void readTogether(String directory, long end)
      throws IOException, CommandException, InterruptedException {
    List<Path> files = shuffled(directory);
    ExecutorService readers = Executors.newFixedThreadPool(READERS);
    try {
      List<Future<?>> parts = new ArrayList<>();
      for (int i = 0; i < READERS; i++) {
        int part = files.size() / READERS;
        List<Path> own = files.subList(i * part, (i + 1) * part);
        parts.add(
            readers.submit(
                () -> {
                  read(own, end);
                  return null;
                }));
      }
      for (Future<?> part : parts) {
        part.get();
      }
    } catch (ExecutionException e) {
      throw new CommandException("a file of the training cannot be read: " + e.getCause(), e);
    } finally {
      readers.shutdownNow();
    }
  }

  private static void readRandom(Path file, Random random, long end) throws IOException {
    ByteBuffer page = ByteBuffer.allocateDirect(PAGE);
    try (FileChannel in = FileChannel.open(file)) {
      for (int i = 0; i < RANDOM_READS && isBefore(end); i++) {
        in.read(page.clear(), (long) random.nextInt(LARGE / PAGE) * PAGE);
      }
    }
  }

  /** All at once, by another program, as Java has no supported way to read past those pages. */
  private static void readPastTheKernel(List<Path> files, long end)
      throws IOException, InterruptedException {
    List<Process> readers = new ArrayList<>();
    for (Path file : files) {
      readers.add(
          new ProcessBuilder("dd", "if=" + file, "of=/dev/null", "bs=1M", "iflag=direct")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start());
    }
    for (Process reader : readers) {
      if (!reader.waitFor(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS)) {
        reader.destroyForcibly();
      }
    }
  }
}
