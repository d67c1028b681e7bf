// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.csi.volumes;

import io.railfs.csi.volumes.VolumeException.Reason;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One call at a time for a target, and none waits for another one: the specification has ABORTED
 * for that, upon which kubelet asks again. What holds a target ends by its deadline. Thread-safe.
 */
final class TargetLocks {
  private final Set<Path> held = ConcurrentHashMap.newKeySet();

  /** What is done while the target is held. */
  interface Work {
    void run() throws IOException, VolumeException;
  }

  void with(Path target, Work work) throws IOException, VolumeException {
    if (!held.add(target)) {
      throw new VolumeException(
          Reason.BUSY, "another call for the target " + target + " is under way");
    }
    try {
      work.run();
    } finally {
      held.remove(target);
    }
  }
}
