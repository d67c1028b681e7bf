// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.contender;

import io.railfs.base.FileTree;
import io.railfs.benchmarks.system.BenchException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The trees that get a name that nobody has seen before each measurement, by a rename. The
 * directories that they go to are made before anybody looks, so that a listing that is remembered
 * cannot hide them, and hold a file, for an object store has no empty ones.
 */
public final class UnseenTrees {
  private final Path root;
  private final Map<String, Path> places = new HashMap<>();
  private final Deque<Path> left = new ArrayDeque<>();

  private UnseenTrees(Path root) {
    this.root = root;
  }

  /**
   * Brings the trees home from where an earlier run left them, and makes new directories.
   *
   * @param root of the dataset
   * @param count times that a tree may be moved
   */
  static UnseenTrees make(Path root, int count) throws BenchException {
    UnseenTrees trees = new UnseenTrees(root);
    Path moving = root.resolve("unseen");
    try {
      for (String name : List.of("1k", "100k")) {
        Path home = Files.createDirectories(root.resolve("rest")).resolve(name);
        if (!Files.exists(home)) {
          Files.move(find(moving, name), home);
        }
        trees.places.put(name, home);
      }
      FileTree.delete(moving);
      String run = Long.toString(System.currentTimeMillis(), Character.MAX_RADIX);
      for (int i = 0; i < count; i++) {
        Path directory = Files.createDirectories(moving.resolve(run + "-" + i));
        Files.writeString(directory.resolve("here"), "");
        trees.left.add(directory);
      }
      return trees;
    } catch (IOException e) {
      throw new BenchException("names in " + moving + " cannot be made: " + e.getMessage(), e);
    }
  }

  private static Path find(Path moving, String name) throws IOException {
    try (Stream<Path> directories = Files.list(moving)) {
      return directories
          .map(directory -> directory.resolve(name))
          .filter(Files::isDirectory)
          .findFirst()
          .orElseThrow(() -> new IOException("no directory has the tree " + name));
    }
  }

  /**
   * Gives a tree its next name.
   *
   * @param name 1k or 100k
   * @return relative to the root
   */
  public String move(String name) throws BenchException {
    if (left.isEmpty()) {
      throw new BenchException("there is no further name that nobody has seen");
    }
    Path to = left.remove().resolve(name);
    try {
      Files.move(places.get(name), to);
    } catch (IOException e) {
      throw new BenchException("a tree cannot be renamed: " + e.getMessage(), e);
    }
    places.put(name, to);
    return root.relativize(to).toString();
  }

  /** The files of a tree by the name that it has. */
  public static List<String> files(String tree, int count) {
    List<String> files = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      files.add(tree + "/" + Dataset.treeName(i));
    }
    return files;
  }
}
