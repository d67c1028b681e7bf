// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it.faults;

import io.railfs.it.ObjectStore;
import io.railfs.it.Shell;
import io.railfs.it.SlowWire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What owns the stage's dataset: a directory that a file system is mounted on, and an S3 server
 * that workers reach by a wire.
 */
final class Ufs implements AutoCloseable {
  private static final int PORT = 9_000;
  private static final int TREE_MIB = 80;

  /** Two file systems, of which one is the dataset. */
  private final List<Path> trees;

  private final Path root;
  private int tree;
  private final ObjectStore store;
  private final Map<Sample, Integer> generations = new HashMap<>();

  /** Between the workers and the S3 server. */
  final SlowWire wire;

  Ufs(Path base, SwitchThread switches) throws IOException {
    this.root = Files.createDirectory(base.resolve("ufs"));
    this.trees = List.of(base.resolve("tree-a"), base.resolve("tree-b"));
    for (Path each : trees) {
      Files.createDirectory(each);
      Shell.bash("mount -t tmpfs -o size=$2m railfs-fault \"$1\"", each, TREE_MIB).ok();
      for (Area area : Area.values()) {
        if (!area.isOfObjects()) {
          Files.createDirectories(dataset(each).resolve(area.path()));
        }
      }
    }
    mount();
    try {
      this.store = ObjectStore.start(Files.createDirectory(base.resolve("s3")));
    } catch (IOException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("the S3 server does not start", e);
    }
    this.wire = new SlowWire(switches.listen(PORT), store.port());
    for (Sample sample : Sample.ALL) {
      write(sample, 0);
    }
  }

  private static Path dataset(Path tree) {
    return tree.resolve("dataset");
  }

  private void mount() {
    Shell.bash("mount --bind \"$1\" \"$2\"", dataset(trees.get(tree)), root).ok();
  }

  /** Unmounts the directory's file system where a worker sees it. */
  void unmount(WorkerHost worker) {
    worker.inMounts("umount -l \"$1\"", root);
  }

  /** Takes {@link #unmount} back. */
  void mount(WorkerHost worker) {
    worker.inMounts("mount --bind \"$1\" \"$2\"", dataset(trees.get(tree)), root);
  }

  /**
   * Puts another file system in the place of the directory, whose files have the same names, sizes
   * and times and other content; no worker may run.
   *
   * @param generations of the samples there
   */
  void swap(Map<Sample, Integer> generations) throws IOException {
    Path before = dataset(trees.get(tree));
    tree = 1 - tree;
    for (Map.Entry<Sample, Integer> entry : generations.entrySet()) {
      Sample sample = entry.getKey();
      write(sample, entry.getValue());
      Files.setLastModifiedTime(
          dataset(trees.get(tree)).resolve(sample.path()),
          Files.getLastModifiedTime(before.resolve(sample.path())));
    }
    Shell.bash("umount -l \"$1\"", root).ok();
    mount();
  }

  /** The settings of a worker that name it. */
  String settings() {
    return """
    railfs.worker {
      ufs = "file://%s"
      ufs-limits { attempt-timeout = 1s, concurrent-requests = 16 }
      mounts { "/objects" = { ufs = "s3://%s", ufs-options %s } }
    }
    """
        .formatted(
            root,
            ObjectStore.BUCKET,
            ObjectStore.conf(Hosts.address(Hosts.SWITCH) + ":" + PORT, ObjectStore.SECRET));
  }

  int generation(Sample sample) {
    return generations.get(sample);
  }

  /** Puts a generation of a sample in the place of the one that is there. */
  void write(Sample sample, int generation) throws IOException {
    byte[] content = Content.bytes(sample, generation);
    if (sample.area().isOfObjects()) {
      store.put(sample.path().substring("objects/".length()), content);
    } else {
      Path next = trees.get(tree).resolve("next");
      Files.write(next, content);
      Files.move(
          next, dataset(trees.get(tree)).resolve(sample.path()), StandardCopyOption.ATOMIC_MOVE);
    }
    generations.put(sample, generation);
  }

  @Override
  public void close() {
    wire.close();
    store.close();
    Shell.bash(
        "umount -l \"$1\"; umount -l \"$2\"; umount -l \"$3\"", root, trees.get(0), trees.get(1));
  }
}
