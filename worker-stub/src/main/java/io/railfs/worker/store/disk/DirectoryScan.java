// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store.disk;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the blocks that an earlier worker left in a store directory, by their names and attributes
 * alone: no file is opened. Removes what was not finished. Of one thread.
 *
 * <p>A subdirectory that cannot be read is looked at again by the next round. Where it is absent
 * then, it may be on its way back, as when somebody repairs the disk: it is given up only when two
 * rounds, one after the other, find it absent. At the start an absent one was never made.
 */
public final class DirectoryScan {
  private static final Logger log = LoggerFactory.getLogger(DirectoryScan.class);

  private static final Set<Integer> SHARDS =
      IntStream.range(0, 256).boxed().collect(Collectors.toUnmodifiableSet());

  private final StoreDirectory directory;

  /** Subdirectories that the next round looks at. */
  private Set<Integer> left = SHARDS;

  /** Those which, if the next round finds them absent, are given up. */
  private Set<Integer> absentBefore = SHARDS;

  public DirectoryScan(StoreDirectory directory) {
    this.directory = requireNonNull(directory, "directory is null");
  }

  /** Takes one block that was found. */
  public interface Found {
    void accept(BlockKey key, BlockFiles.Found file);
  }

  /**
   * Looks at every file that no round has seen; files may come and go meanwhile. What fails is
   * passed over: the rest is found all the same, and what was found may be found again by a further
   * round.
   *
   * @param stopped asked now and then whether to end early
   * @return what failed, one of each subdirectory
   */
  public List<IOException> run(BooleanSupplier stopped, Found found) {
    Map<Integer, IOException> failed = new TreeMap<>();
    Set<Integer> absent = new TreeSet<>();
    for (int i : left) {
      if (stopped.getAsBoolean()) {
        break;
      }
      Path shard = directory.path().resolve(String.format("%02x", i));
      try {
        scanShard(directory, shard, found);
      } catch (NoSuchFileException e) {
        log.trace("no shard {}", shard);
        absent.add(i);
      } catch (IOException e) {
        failed.put(i, e);
      }
    }
    left = new TreeSet<>(failed.keySet());
    absent.stream().filter(shard -> !absentBefore.contains(shard)).forEach(left::add);
    absentBefore = absent;
    return List.copyOf(failed.values());
  }

  /** Whether there is nothing left for a further round. */
  public boolean isComplete() {
    return left.isEmpty();
  }

  private static void scanShard(StoreDirectory directory, Path shard, Found found)
      throws IOException {
    IOException failure = null;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(shard)) {
      for (Path file : files) {
        try {
          scanFile(directory, file, found);
        } catch (IOException e) {
          failure = e;
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    if (failure != null) {
      throw failure;
    }
  }

  private static void scanFile(StoreDirectory directory, Path file, Found found)
      throws IOException {
    String name = String.valueOf(file.getFileName());
    if (name.startsWith(BlockFiles.TEMPORARY_PREFIX)) {
      if (directory.files().isLeftOver(name)) {
        Files.deleteIfExists(file);
      }
      return;
    }
    BlockKey key = BlockKey.parse(name);
    if (key == null) {
      log.warn("{} is no block of this store; RailFS ignores it", file);
      return;
    }
    try {
      found.accept(key, BlockFiles.Found.of(Files.readAttributes(file, PosixFileAttributes.class)));
    } catch (NoSuchFileException e) {
      log.trace("{} was evicted before it was found", file);
    }
  }
}
