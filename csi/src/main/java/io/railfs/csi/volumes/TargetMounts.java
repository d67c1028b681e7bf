// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.csi.volumes;

import io.railfs.base.MountEntry;
import io.railfs.base.MountInfo;
import io.railfs.csi.kernel.Kernel;
import io.railfs.csi.kernel.KernelException;
import io.railfs.csi.kernel.KernelException.Problem;
import io.railfs.csi.volumes.VolumeException.Reason;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The mounts at a target.
 *
 * <p>A container that has the target sees what is mounted <em>on</em> the mount that was there when
 * it started, as that one is what its own copy follows (mountPropagation HostToContainer). So the
 * first mount at a target stays as long as the target: when the volume's mount is replaced, the new
 * one is laid over the first, and what lay over it before is taken away.
 */
final class TargetMounts {
  /** More than this lie on one another only where somebody else mounts there. */
  private static final int MOST_LAYERS = 32;

  private TargetMounts() {}

  /** What is mounted at the target, the first one first. */
  static List<MountEntry> layers(Path target, MountInfo mounts) {
    return mounts.entries().stream().filter(entry -> entry.mountpoint().equals(target)).toList();
  }

  /** Makes the directory, unless it is there. */
  static void makeDirectory(Path target) throws IOException, VolumeException {
    try {
      Kernel.makeDirectory(target.toString());
    } catch (KernelException e) {
      if (e.problem() != Problem.EXISTS) {
        throw new VolumeException(
            Reason.FAILED, "the target " + target + " cannot be made: " + e.getMessage(), e);
      }
    }
  }

  /**
   * Shows a directory at the target.
   *
   * @param directory an open descriptor
   */
  static void show(int directory, Path target, boolean mayExecute) throws IOException {
    int mount = Kernel.detachedMount(directory, mayExecute);
    try {
      keepFirst(target);
      int place = Kernel.openDirectory(target.toString());
      try {
        Kernel.attach(mount, place);
      } finally {
        Kernel.close(place);
      }
    } finally {
      Kernel.close(mount);
    }
  }

  private static void keepFirst(Path target) throws IOException {
    int layers = layers(target, MountInfo.read()).size();
    for (int i = 1; i < Math.min(layers, MOST_LAYERS); i++) {
      Kernel.detach(target.toString());
    }
  }

  /** Takes everything away that is RailFS's, and the directory. */
  static void clear(Path target) throws IOException, VolumeException {
    List<MountEntry> layers = new ArrayList<>(layers(target, MountInfo.read()));
    Optional<MountEntry> foreign = layers.stream().filter(one -> !one.isRailfs()).findFirst();
    if (foreign.isPresent()) {
      throw foreign(target, foreign.get());
    }
    for (int i = 0; i < Math.min(layers.size(), MOST_LAYERS); i++) {
      Kernel.detach(target.toString());
    }
    try {
      Kernel.removeDirectory(target.toString());
    } catch (KernelException e) {
      if (e.problem() != Problem.NOT_FOUND) {
        throw new VolumeException(
            Reason.FAILED, "the target " + target + " cannot be removed: " + e.getMessage(), e);
      }
    }
  }

  static VolumeException foreign(Path target, MountEntry mount) {
    return new VolumeException(
        Reason.FAILED,
        "a file system of type %s that is not of this driver is mounted at the target %s; unmount it by hand"
            .formatted(mount.type(), target));
  }
}
