// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.contender;

import io.railfs.base.FileTree;
import io.railfs.benchmarks.system.BenchException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The files that all contenders show, with random content; nothing is sparse. It is made once and
 * used again by later runs.
 *
 * <pre>
 *   set-0 ... set-3                the large files, together larger than the client cache that is to be cold
 *   small/1k/d000/f00 ...          20,000 files of 1 KiB, a hundred in a directory
 *   small/100k/d000/f00 ...        2,000 files of 100 KiB
 *   warm/1k/..., warm/100k/...     2,000 and 200 more, for passes that do not count
 *   origin                         what the names below cold lead to
 *   object                         256 MiB, the same for the works on S3
 *   cold/RUN-0/f ...               names that are new in each run: nobody has seen them
 *   rest/1k, rest/100k             as small, for {@link UnseenTrees}
 * </pre>
 */
public final class Dataset {
  /** Files of a directory of a small tree. */
  public static final int IN_DIRECTORY = 100;

  private static final int BUFFER = 1 << 20;
  private static final String ORIGIN = "origin";
  private static final String OBJECT = "object";
  private static final long OBJECT_SIZE = 256L << 20;

  private final Path root;
  private final Scale scale;

  private Dataset(Path root, Scale scale) {
    this.root = root;
    this.scale = scale;
  }

  /** Makes what is missing below the directory. */
  public static Dataset make(Path base, Scale scale) throws BenchException {
    Path root = base.resolve("data");
    Path mark = base.resolve("data.complete");
    Dataset dataset = new Dataset(root, scale);
    try {
      if (Files.exists(mark) && Files.readString(mark).equals(content(scale))) {
        return dataset;
      }
      System.err.println("bench: making the dataset, " + scale + ", in " + root);
      Files.deleteIfExists(mark);
      FileTree.delete(root);
      // What contenders hold of the dataset before this one.
      for (String copy : List.of("glusterfs", "moosefs", "railfs")) {
        FileTree.delete(base.resolve(copy));
      }
      for (int i = 0; i < scale.files(); i++) {
        dataset.write(dataset.root.resolve(fileName(i)), scale.fileSize(), i);
      }
      dataset.writeTree("small/1k", scale.tinyFiles(), 1 << 10);
      dataset.writeTree("small/100k", scale.smallFiles(), 100 << 10);
      dataset.writeTree("warm/1k", scale.tinyFiles() / 10, 1 << 10);
      dataset.writeTree("warm/100k", scale.smallFiles() / 10, 100 << 10);
      Files.createDirectories(root.resolve("cold"));
      dataset.write(root.resolve(ORIGIN), scale.coldSize(), scale.files());
      dataset.write(root.resolve(OBJECT), OBJECT_SIZE, scale.files() + 1L);
      dataset.writeTree("rest/1k", scale.tinyFiles(), 1 << 10);
      dataset.writeTree("rest/100k", scale.smallFiles(), 100 << 10);
      Files.writeString(mark, content(scale));
      return dataset;
    } catch (IOException e) {
      throw new BenchException("the dataset in " + root + " cannot be made: " + e.getMessage(), e);
    }
  }

  private static String content(Scale scale) {
    return scale + ", object and trees for names that nobody has seen";
  }

  private void writeTree(String name, int count, int size) throws IOException {
    for (int i = 0; i < count; i++) {
      write(root.resolve(name).resolve(treeName(i)), size, name.hashCode() + i);
    }
  }

  static String treeName(int i) {
    return "%s/f%02d".formatted(directoryName(i / IN_DIRECTORY), i % IN_DIRECTORY);
  }

  /** A directory of a small tree, which has {@link #IN_DIRECTORY} files. */
  public static String directoryName(int i) {
    return "d%03d".formatted(i);
  }

  private void write(Path file, long size, long seed) throws IOException {
    Files.createDirectories(file.getParent());
    SplittableRandom random = new SplittableRandom(seed);
    ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(size, BUFFER));
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (long done = 0; done < size; done += buffer.limit()) {
        buffer.clear().limit((int) Math.min(buffer.capacity(), size - done));
        while (buffer.remaining() >= Long.BYTES) {
          buffer.putLong(random.nextLong());
        }
        buffer.rewind();
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
      }
    }
  }

  public Path root() {
    return root;
  }

  public Scale scale() {
    return scale;
  }

  /** The name of a large file, relative to the root. */
  public static String fileName(int i) {
    return "set-" + i;
  }

  /** The files of a tree such as "small/1k", relative to the root. */
  public List<String> tree(String name) {
    int count =
        switch (name) {
          case "small/1k" -> scale.tinyFiles();
          case "small/100k" -> scale.smallFiles();
          case "warm/1k" -> scale.tinyFiles() / 10;
          case "warm/100k" -> scale.smallFiles() / 10;
          default -> throw new IllegalArgumentException(name);
        };
    List<String> files = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      files.add(name + "/" + treeName(i));
    }
    return files;
  }

  /** Makes so many names of each kind, which a cache takes for new files. */
  public Unseen unseen(int files, int objects, int trees) throws BenchException {
    try {
      FileTree.delete(root.resolve("cold"));
    } catch (IOException e) {
      throw new BenchException("names in " + root + " cannot be removed: " + e.getMessage(), e);
    }
    return new Unseen(
        coldNames(ORIGIN, files), coldNames(OBJECT, objects), UnseenTrees.make(root, trees));
  }

  private List<String> coldNames(String origin, int count) throws BenchException {
    Path cold = root.resolve("cold");
    String run = origin + "-" + Long.toString(System.currentTimeMillis(), Character.MAX_RADIX);
    List<String> names = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        // A directory each: a listing that is remembered cannot hide the name.
        Path directory = Files.createDirectories(cold.resolve(run + "-" + i));
        Files.createLink(directory.resolve("f"), root.resolve(origin));
        names.add("cold/" + run + "-" + i + "/f");
      }
    } catch (IOException e) {
      throw new BenchException("names in " + cold + " cannot be made: " + e.getMessage(), e);
    }
    return names;
  }
}
