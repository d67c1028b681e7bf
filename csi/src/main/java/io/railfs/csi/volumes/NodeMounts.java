// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.csi.volumes;

import io.railfs.base.MountEntry;
import io.railfs.base.MountInfo;
import io.railfs.csi.kernel.Kernel;
import io.railfs.csi.kernel.KernelException;
import io.railfs.csi.kernel.SpaceNumbers;
import io.railfs.csi.volumes.VolumeException.Reason;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;

/**
 * The mounts of this machine by name. What asks one of them ends by a deadline; while such a
 * question is still open, further ones for the same mount fail at once, so that a hung mount costs
 * a few threads and no call waits behind another. Thread-safe.
 */
final class NodeMounts {
  private final Path directory;
  private final Duration timeout;
  private final TimedSteps steps;

  /** Questions that were left behind, by the device of the mount. */
  private final Map<String, Integer> hanging = new ConcurrentHashMap<>();

  NodeMounts(Path directory, Duration timeout, TimedSteps steps) {
    this.directory = directory;
    this.timeout = timeout;
    this.steps = steps;
  }

  /** The mount that is seen under a name, in whatever state. */
  Optional<MountEntry> seen(String name, MountInfo mounts) {
    return mounts.at(directory.resolve(name)).filter(MountEntry::isRailfs);
  }

  /** A question to a mount. */
  interface Question<T> {
    T ask() throws IOException, VolumeException;

    /** Gives back what came too late. */
    default void discard(T late) {}
  }

  /** A descriptor of the directory that a volume shows; the caller closes it. */
  int open(VolumeSource source, MountEntry mount) throws IOException, VolumeException {
    Path mountpoint = directory.resolve(source.mount());
    return ask(
        source.mount(),
        mount.device(),
        new Question<>() {
          @Override
          public Integer ask() throws IOException, VolumeException {
            return openNow(mountpoint, source);
          }

          @Override
          public void discard(Integer late) {
            Kernel.close(late);
          }
        });
  }

  private static int openNow(Path mountpoint, VolumeSource source)
      throws IOException, VolumeException {
    int root = Kernel.openDirectory(mountpoint.toString());
    try {
      // The kernel may know the path without asking; what it never knows is the space.
      SpaceNumbers unused = Kernel.space(root);
      return Kernel.openBeneath(root, source.path());
    } catch (KernelException e) {
      throw refused(source, e);
    } finally {
      Kernel.close(root);
    }
  }

  private static VolumeException refused(VolumeSource source, KernelException problem) {
    String place = "the path /" + source.path() + " of mount " + source.mount();
    return switch (problem.problem()) {
      case NOT_FOUND -> new VolumeException(Reason.NOT_FOUND, place + " does not exist", problem);
      case NOT_A_DIRECTORY ->
          new VolumeException(Reason.INVALID, place + " is not a directory", problem);
      case LEADS_OUT ->
          new VolumeException(
              Reason.INVALID, place + " leads out of the mount by a symlink", problem);
      case DISCONNECTED ->
          new VolumeException(
              Reason.UNAVAILABLE,
              "the process of mount " + source.mount() + " has ended; it is tried again",
              problem);
      case NOT_SUPPORTED ->
          new VolumeException(Reason.FAILED, "the CSI driver needs Linux 5.12 or newer", problem);
      default ->
          new VolumeException(
              Reason.UNAVAILABLE, place + " cannot be opened: " + problem.getMessage(), problem);
    };
  }

  /** Whether the process of a mount has gone; one that does not answer is an exception. */
  boolean isStale(String name, MountEntry mount) throws IOException, VolumeException {
    return ask(name, mount.device(), () -> isStaleNow(mount.mountpoint()));
  }

  private static boolean isStaleNow(Path mountpoint) throws IOException {
    int root = Kernel.openDirectory(mountpoint.toString());
    try {
      SpaceNumbers unused = Kernel.space(root);
      return false;
    } catch (KernelException e) {
      if (e.problem() == KernelException.Problem.DISCONNECTED) {
        return true;
      }
      throw e;
    } finally {
      Kernel.close(root);
    }
  }

  /** Asks something that reaches the process of a mount. */
  <T> T ask(String name, String device, Question<T> question) throws IOException, VolumeException {
    if (hanging.containsKey(device)) {
      throw silent(name);
    }
    try {
      return steps.within(
          timeout,
          question::ask,
          new TimedSteps.Late<>() {
            @Override
            public void leftBehind() {
              count(device, 1);
            }

            @Override
            public void ended(T result) {
              count(device, -1);
              if (result != null) {
                question.discard(result);
              }
            }
          });
    } catch (TimeoutException e) {
      throw silent(name);
    }
  }

  private void count(String device, int change) {
    hanging.merge(
        device, change, (now, more) -> now + more == 0 ? null : Integer.valueOf(now + more));
  }

  private static VolumeException silent(String name) {
    return new VolumeException(
        Reason.UNAVAILABLE, "mount " + name + " of this node does not answer");
  }
}
