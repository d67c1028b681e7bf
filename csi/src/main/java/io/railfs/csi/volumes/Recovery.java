// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.csi.volumes;

import io.railfs.base.MountInfo;
import io.railfs.csi.kernel.Kernel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Binds published volumes again when their mount is replaced. The kernel says when any mount of
 * this process's view changes; each mount's volumes are looked at in a thread of their own then, so
 * that a mount that hangs delays no other, and once a second while one could not be bound.
 */
final class Recovery implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Recovery.class);

  private static final String MOUNTS = "/proc/self/mountinfo";

  /** A change that comes while nobody polls is seen at the latest after this. */
  private static final int PERIOD_MILLIS = 1000;

  private final TimedSteps steps;
  private final Publications publications;
  private final Binder binder;
  private final int mounts;
  private final Thread thread;

  /** Names of mounts whose volumes are being looked at. */
  private final Set<String> busy = ConcurrentHashMap.newKeySet();

  /** Volumes about which the log says that they could not be bound. */
  private final Set<Publication> reported = ConcurrentHashMap.newKeySet();

  private volatile boolean closed;

  private Recovery(TimedSteps steps, Publications publications, Binder binder, int mounts) {
    this.steps = steps;
    this.publications = publications;
    this.binder = binder;
    this.mounts = mounts;
    this.thread = new Thread(this::watch, "railfs-csi-recovery");
  }

  /** Knows which volumes show a mount that was replaced, and binds them again. */
  interface Binder {
    boolean isOutdated(Publication publication, MountInfo mounts);

    /** Returns also where nothing is to be done any more. */
    void bindAgain(Publication publication) throws IOException, VolumeException;
  }

  static Recovery start(TimedSteps steps, Publications publications, Binder binder)
      throws IOException {
    Recovery recovery = new Recovery(steps, publications, binder, Kernel.openFile(MOUNTS));
    recovery.thread.setDaemon(true);
    recovery.thread.start();
    return recovery;
  }

  private void watch() {
    while (!closed) {
      outdated().forEach(this::lookAt);
      Kernel.awaitChange(mounts, PERIOD_MILLIS);
    }
    Kernel.close(mounts);
  }

  /** Volumes to bind again, by their mount. */
  private Map<String, List<Publication>> outdated() {
    List<Publication> all = publications.all();
    reported.retainAll(all);
    Map<String, List<Publication>> byMount = new HashMap<>();
    if (all.isEmpty()) {
      return byMount;
    }
    try {
      MountInfo seen = MountInfo.read();
      for (Publication one : all) {
        if (binder.isOutdated(one, seen)) {
          byMount.computeIfAbsent(one.source().mount(), name -> new ArrayList<>()).add(one);
        }
      }
    } catch (UncheckedIOException e) {
      log.warn("{}; volumes of replaced mounts are looked for again in a second", e.getMessage());
    }
    return byMount;
  }

  private void lookAt(String mount, List<Publication> volumes) {
    if (!busy.add(mount)) {
      return;
    }
    steps.inBackground(
        () -> {
          try {
            volumes.forEach(this::bindAgain);
          } finally {
            busy.remove(mount);
          }
        });
  }

  private void bindAgain(Publication volume) {
    try {
      binder.bindAgain(volume);
      reported.remove(volume);
    } catch (IOException | VolumeException e) {
      if (reported.add(volume)) {
        log.warn(
            "volume {} at {} does not show the new mount {} yet: {}; it is tried again each second",
            volume.volume(),
            volume.target(),
            volume.source().mount(),
            e.getMessage());
      }
    }
  }

  @Override
  public void close() {
    closed = true;
  }
}
