// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.csi.volumes;

import io.railfs.base.FileFailure;
import io.railfs.base.HandoverRequest;
import io.railfs.base.MountEntry;
import io.railfs.base.MountInfo;
import io.railfs.csi.kernel.Kernel;
import io.railfs.csi.volumes.VolumeException.Reason;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes mounts of RailFS that other processes serve, which may not mount. Of a mount that was made
 * it keeps nothing: its descriptor belongs to whoever asked, so that the mount ends with the
 * process that serves it and outlives this one. Each call is over within the time-out of a mount's
 * answer and a few times that of the kernel's. Thread-safe.
 */
public final class MountMaker implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(MountMaker.class);

  /** More than this lie on one another only where somebody else mounts there. */
  private static final int MAX_LAYERS = 32;

  /** In place of a descriptor. */
  private static final int NOTHING = -1;

  private final Path directory;
  private final Set<String> names;
  private final TimedSteps steps = new TimedSteps();
  private final NodeMounts mounts;
  private final TargetLocks locks = new TargetLocks();

  /**
   * @param directory that has the mounts by name
   * @param names of the mounts that may be asked for; no others are made
   * @param timeout longest wait for a mount that is there already
   */
  public MountMaker(Path directory, Set<String> names, Duration timeout) {
    this.directory = directory;
    this.names = Set.copyOf(names);
    this.mounts = new NodeMounts(directory, timeout, steps);
  }

  /**
   * Makes a mount, in the place of one whose process has gone.
   *
   * @param user who serves it
   * @param group of that user
   * @return its /dev/fuse, which the caller closes
   * @throws VolumeException with the sentence for whoever asked
   */
  public int make(HandoverRequest request, int user, int group) throws VolumeException {
    String name = request.name();
    if (!names.contains(name)) {
      throw new VolumeException(
          Reason.INVALID,
          "mount %s is none that the node plugin makes; railfs.csi.handover.mounts names %s"
              .formatted(name, names.isEmpty() ? "none" : String.join(", ", new TreeSet<>(names))));
    }
    Path mountpoint = directory.resolve(name);
    AtomicInteger fuse = new AtomicInteger();
    try {
      locks.with(
          mountpoint,
          () -> {
            makeFree(name, mountpoint);
            fuse.set(kernel(() -> mount(request, mountpoint, user, group)));
          });
    } catch (IOException e) {
      throw new VolumeException(
          Reason.FAILED,
          "mount %s cannot be made at %s: %s".formatted(name, mountpoint, FileFailure.describe(e)),
          e);
    }
    log.info("made the mount {}, which a process of user {} serves", mountpoint, user);
    return fuse.get();
  }

  private void makeFree(String name, Path mountpoint) throws IOException, VolumeException {
    for (int i = 0; i < MAX_LAYERS; i++) {
      Optional<MountEntry> top = MountInfo.read().at(mountpoint);
      if (top.isEmpty()) {
        return;
      }
      if (!top.get().isRailfs()) {
        throw new VolumeException(
            Reason.FAILED,
            "a file system of type %s is mounted at %s; unmount it by hand"
                .formatted(top.get().type(), mountpoint));
      }
      if (!mounts.isStale(name, top.get())) {
        throw new VolumeException(
            Reason.ALREADY_EXISTS,
            "mount %s is served by another process already; end that one first".formatted(name));
      }
      int unused =
          kernel(
              () -> {
                Kernel.detach(mountpoint.toString());
                return NOTHING;
              });
      log.info("unmounted {}, whose process has gone", mountpoint);
    }
  }

  private static int mount(HandoverRequest request, Path mountpoint, int user, int group)
      throws IOException, VolumeException {
    TargetMounts.makeDirectory(mountpoint);
    int place = Kernel.openDirectory(mountpoint.toString());
    try {
      checkEmpty(mountpoint);
      int fuse = Kernel.openFuse();
      try {
        Kernel.mountFuse(fuse, place, request.source(), user, group, request.maxRead());
        setReadahead(mountpoint, request.readahead());
        return fuse;
      } catch (IOException | RuntimeException e) {
        Kernel.close(fuse);
        throw e;
      }
    } finally {
      Kernel.close(place);
    }
  }

  private static void checkEmpty(Path mountpoint) throws IOException, VolumeException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(mountpoint)) {
      if (entries.iterator().hasNext()) {
        throw new VolumeException(
            Reason.FAILED, mountpoint + " is not empty; a mount would hide what is there");
      }
    }
  }

  /** What serves the mount may not; INIT, which it answers, only sets a limit. */
  private static void setReadahead(Path mountpoint, int bytes) {
    Optional<MountEntry> mount = MountInfo.read().at(mountpoint);
    if (mount.isEmpty()) {
      log.warn("{} is not in the table of mounts; its readahead stays as it is", mountpoint);
      return;
    }
    Path file = Path.of("/sys/class/bdi/" + mount.get().device() + "/read_ahead_kb");
    try {
      Files.writeString(file, Integer.toString(bytes >> 10));
    } catch (IOException e) {
      log.warn(
          "readahead of {} stays at the kernel's default, sequential reads are slower: {}",
          mountpoint,
          FileFailure.describe(e));
    }
  }

  /** What asks the kernel alone; a descriptor that comes too late is closed. */
  private int kernel(TimedSteps.Step<Integer> step) throws IOException, VolumeException {
    return steps.kernel(
        step,
        late -> {
          if (late != NOTHING) {
            Kernel.close(late);
          }
        });
  }

  /** Ends the threads; the mounts stay. */
  @Override
  public void close() {
    steps.close();
  }
}
