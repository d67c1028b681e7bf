// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.railfs.protocol.Seed;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The plain directory is the model: random operations by several threads, on the mount and on the
 * directory, must give the same answers. A failure names the seed; {@code -Drailfs.seed=N} runs it
 * again.
 */
final class ReferenceModelTest {
  /** More than the mount has. */
  private static final int THREADS = 24;

  private static final int OPERATIONS = 250;

  /** Links lead to files beside them, to nothing, out of the dataset. */
  private static final List<String> LINKS = List.of("f", "../d1/f", "/nowhere/", "../../../../x");

  private static final List<String> COMPARED =
      List.of("mode", "uid", "gid", "lastModifiedTime", "ctime", "isDirectory", "isSymbolicLink");

  @Test
  void randomOperationsAnswerAsOnThePlainDirectory() throws Exception {
    long seed = Seed.take();
    try (MountEnvironment playground = MountEnvironment.create()) {
      makeTree(playground.dataset, new Random(seed));
      playground.writeConf("railfs.mount.threads = " + THREADS / 4, "");
      playground.startWorker();
      playground.mount();
      List<String> paths;
      try (Stream<Path> walk = Files.walk(playground.dataset)) {
        paths = walk.map(p -> playground.dataset.relativize(p).toString()).sorted().toList();
      }
      ExecutorService threads = Executors.newFixedThreadPool(THREADS);
      try {
        List<Future<?>> running = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
          Random random = new Random(seed + t);
          running.add(threads.submit(() -> compare(playground, paths, random)));
        }
        for (Future<?> thread : running) {
          thread.get(6, TimeUnit.MINUTES);
        }
      } catch (Exception e) {
        throw new AssertionError("seed " + seed + "\n" + playground.mountLog(), e);
      } finally {
        threads.shutdownNow();
      }
    }
  }

  private static void makeTree(Path root, Random random) throws IOException {
    List<Path> directories = new ArrayList<>(List.of(root));
    for (int i = 0; i < 30; i++) {
      directories.add(
          Files.createDirectory(
              directories.get(random.nextInt(directories.size())).resolve("d" + i)));
    }
    for (int i = 0; i < 150; i++) {
      Path directory = directories.get(random.nextInt(directories.size()));
      int kind = random.nextInt(10);
      if (kind == 0) {
        Files.createSymbolicLink(
            directory.resolve("l" + i),
            Path.of(LINKS.get(random.nextInt(LINKS.size())) + random.nextInt(150)));
      } else {
        long size =
            kind < 6
                ? random.nextInt(40_000)
                : kind < 9 ? random.nextInt(2_000_000) : random.nextInt(20_000_000);
        Path file = directory.resolve("f" + i);
        Datasets.file(file, size, random.nextLong());
        if (random.nextInt(4) == 0) {
          Files.setLastModifiedTime(file, anyTime(random));
        }
      }
    }
  }

  /** From 1901 to 2446, as far as common file systems go. */
  private static FileTime anyTime(Random random) {
    long seconds = -2_147_483_648L + (long) (random.nextDouble() * 17_179_869_000L);
    return FileTime.from(Instant.ofEpochSecond(seconds, 1_000L * random.nextInt(1_000_000)));
  }

  private static Void compare(MountEnvironment playground, List<String> paths, Random random)
      throws IOException {
    for (int i = 0; i < OPERATIONS; i++) {
      String path =
          random.nextInt(20) == 0 ? "no/such/file" + i : paths.get(random.nextInt(paths.size()));
      Path model = playground.dataset.resolve(path);
      Path mount = playground.mountpoint.resolve(path);
      switch (random.nextInt(7)) {
        case 0 -> assertThat(stat(mount)).as("stat %s", path).isEqualTo(stat(model));
        case 1 -> assertThat(list(mount)).as("list %s", path).isEqualTo(list(model));
        case 2 -> compareMapped(model, mount, path, random);
        case 3 -> compareSequential(model, mount, path, random);
        case 4 -> assertThat(link(mount)).as("readlink %s", path).isEqualTo(link(model));
        default -> compareReads(model, mount, path, random);
      }
    }
    return null;
  }

  private static String stat(Path path) {
    try {
      Map<String, Object> all = Files.readAttributes(path, "unix:*", LinkOption.NOFOLLOW_LINKS);
      StringBuilder text = new StringBuilder();
      COMPARED.forEach(name -> text.append(name).append('=').append(all.get(name)).append(' '));
      return text + ((Boolean) all.get("isDirectory") ? "" : "size=" + all.get("size"));
    } catch (IOException e) {
      return kind(e);
    }
  }

  private static String link(Path path) {
    try {
      return Files.readSymbolicLink(path).toString();
    } catch (IOException e) {
      return kind(e);
    }
  }

  private static String list(Path path) {
    try (Stream<Path> entries = Files.list(path)) {
      return entries
          .map(e -> e.getFileName().toString())
          .collect(java.util.stream.Collectors.toCollection(TreeSet::new))
          .toString();
    } catch (IOException e) {
      return kind(e);
    }
  }

  /** An error without the path in it: its class, and the reason that the kernel gave. */
  private static String kind(IOException e) {
    return e.getClass().getSimpleName()
        + (e instanceof FileSystemException f ? ": " + f.getReason() : "");
  }

  private static boolean isFile(Path model) {
    return Files.isRegularFile(model);
  }

  private static void compareReads(Path model, Path mount, String path, Random random)
      throws IOException {
    if (!isFile(model)) {
      assertThat(Files.isRegularFile(mount)).as("is %s a file", path).isFalse();
      return;
    }
    try (FileChannel here = FileChannel.open(model);
        FileChannel there = FileChannel.open(mount)) {
      assertThat(there.size()).as("size of %s", path).isEqualTo(here.size());
      for (int i = 0; i < 8; i++) {
        long offset = (long) (random.nextDouble() * (here.size() + 5000));
        int length = 1 + random.nextInt(random.nextBoolean() ? 5000 : 600_000);
        assertThat(read(there, offset, length))
            .as("%s at %d, %d bytes", path, offset, length)
            .isEqualTo(read(here, offset, length));
      }
    }
  }

  private static void compareSequential(Path model, Path mount, String path, Random random)
      throws IOException {
    if (!isFile(model)) {
      return;
    }
    int piece = 1 + random.nextInt(300_000);
    try (FileChannel here = FileChannel.open(model);
        FileChannel there = FileChannel.open(mount)) {
      for (long offset = 0; offset < here.size(); offset += piece) {
        assertThat(read(there, offset, piece))
            .as("%s at %d, %d bytes", path, offset, piece)
            .isEqualTo(read(here, offset, piece));
      }
    }
  }

  private static void compareMapped(Path model, Path mount, String path, Random random)
      throws IOException {
    if (!isFile(model) || Files.size(model) == 0) {
      return;
    }
    try (FileChannel here = FileChannel.open(model);
        FileChannel there = FileChannel.open(mount)) {
      long offset = (long) (random.nextDouble() * here.size());
      long length = Math.min(here.size() - offset, 1 + random.nextInt(400_000));
      MappedByteBuffer one = here.map(FileChannel.MapMode.READ_ONLY, offset, length);
      MappedByteBuffer other = there.map(FileChannel.MapMode.READ_ONLY, offset, length);
      assertThat(other.mismatch(one))
          .as("mmap of %s at %d, %d bytes", path, offset, length)
          .isEqualTo(-1);
    }
  }

  private static byte[] read(FileChannel channel, long offset, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining() && channel.read(bytes, offset + bytes.position()) > 0) {}
    return Arrays.copyOf(bytes.array(), bytes.position());
  }
}
