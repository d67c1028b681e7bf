// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.csi.volumes;

import io.railfs.base.MountEntry;
import io.railfs.base.MountInfo;
import io.railfs.csi.kernel.Kernel;
import io.railfs.csi.kernel.KernelException;
import io.railfs.csi.kernel.KernelException.Problem;
import io.railfs.csi.kernel.SpaceNumbers;
import io.railfs.csi.volumes.VolumeException.Reason;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The volumes of this machine: read-only bind mounts of what its mounts show. Each call is over
 * within the time-out of a mount's answer and that of the kernel's, whatever hangs. Thread-safe.
 */
public final class Volumes implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Volumes.class);

  private final Path kubelet;
  private final TimedSteps steps;
  private final NodeMounts mounts;
  private final Publications publications;
  private final TargetLocks locks = new TargetLocks();
  private final Recovery recovery;

  /**
   * Goes on with what a former process has published.
   *
   * @param kubelet the directory that all targets are below
   * @param mounts the directory that has the mounts by name
   * @param state where it remembers what is published
   * @param timeout longest wait for a mount
   */
  public static Volumes open(Path kubelet, Path mounts, Path state, Duration timeout)
      throws IOException {
    TimedSteps steps = new TimedSteps();
    return new Volumes(
        kubelet, steps, new NodeMounts(mounts, timeout, steps), Publications.open(state));
  }

  private Volumes(Path kubelet, TimedSteps steps, NodeMounts mounts, Publications publications)
      throws IOException {
    this.kubelet = kubelet;
    this.steps = steps;
    this.mounts = mounts;
    this.publications = publications;
    this.recovery = Recovery.start(steps, publications, new Rebinding());
  }

  /** Shows a volume at a target; once more changes nothing. */
  public void publish(String volume, String targetPath, VolumeSource source)
      throws VolumeException {
    Path target = Publication.target(targetPath, kubelet);
    Publication wanted = new Publication(volume, target, source);
    try {
      locks.with(
          target,
          () -> {
            checkFree(wanted);
            show(wanted);
          });
    } catch (IOException e) {
      throw failed("volume " + volume + " cannot be shown at " + target, e);
    }
  }

  private void checkFree(Publication wanted) throws VolumeException {
    Optional<Publication> there = publications.at(wanted.target());
    if (there.isPresent() && !there.get().equals(wanted)) {
      throw new VolumeException(
          Reason.ALREADY_EXISTS,
          "at the target %s is volume %s already, of mount %s and path /%s"
              .formatted(
                  wanted.target(),
                  there.get().volume(),
                  there.get().source().mount(),
                  there.get().source().path()));
    }
  }

  private void show(Publication wanted) throws IOException, VolumeException {
    VolumeSource source = wanted.source();
    MountInfo seen = MountInfo.read();
    MountEntry mount =
        mounts
            .seen(source.mount(), seen)
            .orElseThrow(
                () ->
                    new VolumeException(
                        Reason.UNAVAILABLE,
                        "mount %s is not there on this node yet; it is tried again"
                            .formatted(source.mount())));
    Optional<MountEntry> top = seen.at(wanted.target());
    if (top.isPresent() && !top.get().isRailfs()) {
      throw TargetMounts.foreign(wanted.target(), top.get());
    }
    boolean known = publications.at(wanted.target()).isPresent();
    int directory = mounts.open(source, mount);
    try {
      if (known && top.isPresent() && top.get().device().equals(mount.device())) {
        return;
      }
      // First, so that what is mounted is known also when this process ends here.
      publications.add(wanted);
      bind(wanted, directory);
    } catch (IOException | VolumeException e) {
      if (!known) {
        publications.remove(wanted.target());
      }
      throw e;
    } finally {
      Kernel.close(directory);
    }
    log.info(
        "volume {} is shown at {}: mount {}, path /{}",
        wanted.volume(),
        wanted.target(),
        source.mount(),
        source.path());
  }

  private void bind(Publication wanted, int directory) throws IOException, VolumeException {
    int own = Kernel.duplicate(directory);
    kernel(
        () -> {
          try {
            TargetMounts.makeDirectory(wanted.target());
            TargetMounts.show(own, wanted.target(), wanted.source().mayExecute());
            return true;
          } finally {
            Kernel.close(own);
          }
        });
  }

  /** Takes a volume away from a target; what is not there is no error. */
  public void unpublish(String volume, String targetPath) throws VolumeException {
    Path target = Publication.target(targetPath, kubelet);
    try {
      locks.with(target, () -> takeAway(volume, target));
    } catch (IOException e) {
      throw failed("volume " + volume + " cannot be taken away from " + target, e);
    }
  }

  private void takeAway(String volume, Path target) throws IOException, VolumeException {
    Optional<Publication> there = publications.at(target);
    if (there.isPresent() && !there.get().volume().equals(volume)) {
      throw new VolumeException(
          Reason.NOT_FOUND,
          "at the target %s is not volume %s but %s"
              .formatted(target, volume, there.get().volume()));
    }
    kernel(
        () -> {
          TargetMounts.clear(target);
          return true;
        });
    publications.remove(target);
    log.info("volume {} is gone from {}", volume, target);
  }

  /** Asks a volume how it is. */
  public VolumeState state(String volume, String path) throws VolumeException {
    Path target = Publication.target(path, kubelet);
    Publication there =
        publications
            .at(target)
            .filter(one -> one.volume().equals(volume))
            .orElseThrow(
                () ->
                    new VolumeException(
                        Reason.NOT_FOUND, "volume " + volume + " is not published at " + target));
    try {
      Optional<MountEntry> top = MountInfo.read().at(target);
      return top.isEmpty()
          ? new VolumeState(Optional.of("nothing is mounted at " + target), Optional.empty())
          : state(there, top.get());
    } catch (IOException e) {
      throw failed("volume " + volume + " cannot be asked", e);
    }
  }

  private VolumeState state(Publication publication, MountEntry top) throws IOException {
    String mount = publication.source().mount();
    try {
      SpaceNumbers space =
          mounts.ask(mount, top.device(), () -> space(publication.target().toString()));
      return new VolumeState(Optional.empty(), Optional.of(space));
    } catch (KernelException e) {
      String sentence =
          e.problem() == Problem.DISCONNECTED
              ? "the process of mount "
                  + mount
                  + " has ended; the volume comes back with the next one"
              : "mount " + mount + " answers with an error: " + e.getMessage();
      return new VolumeState(Optional.of(sentence), Optional.empty());
    } catch (VolumeException e) {
      return new VolumeState(Optional.of(e.getMessage()), Optional.empty());
    }
  }

  private static SpaceNumbers space(String target) throws IOException {
    int directory = Kernel.openDirectory(target);
    try {
      return Kernel.space(directory);
    } finally {
      Kernel.close(directory);
    }
  }

  /** Binds volumes of replaced mounts again. */
  private final class Rebinding implements Recovery.Binder {
    @Override
    public boolean isOutdated(Publication publication, MountInfo seen) {
      Optional<MountEntry> mount = mounts.seen(publication.source().mount(), seen);
      // A target without any mount is kubelet's to publish, as after a boot.
      Optional<MountEntry> top = seen.at(publication.target());
      return mount.isPresent()
          && top.filter(MountEntry::isRailfs).isPresent()
          && !top.get().device().equals(mount.get().device());
    }

    @Override
    public void bindAgain(Publication publication) throws IOException, VolumeException {
      locks.with(publication.target(), () -> showIfWanted(publication));
    }

    private void showIfWanted(Publication publication) throws IOException, VolumeException {
      MountInfo seen = MountInfo.read();
      boolean isWanted =
          publications.at(publication.target()).equals(Optional.of(publication))
              && isOutdated(publication, seen);
      if (isWanted) {
        show(publication, mounts.seen(publication.source().mount(), seen).orElseThrow());
      }
    }

    private void show(Publication publication, MountEntry mount)
        throws IOException, VolumeException {
      int directory = mounts.open(publication.source(), mount);
      try {
        bind(publication, directory);
      } finally {
        Kernel.close(directory);
      }
      log.info(
          "volume {} at {} shows the new mount {}",
          publication.volume(),
          publication.target(),
          publication.source().mount());
    }
  }

  /** What asks the kernel alone, and has no result. */
  private void kernel(TimedSteps.Step<Boolean> step) throws IOException, VolumeException {
    boolean unused = steps.kernel(step, late -> {});
  }

  private static VolumeException failed(String what, IOException problem) {
    return new VolumeException(Reason.FAILED, what + ": " + problem.getMessage(), problem);
  }

  /** Ends the threads; the volumes stay. */
  @Override
  public void close() {
    recovery.close();
    steps.close();
  }

  /** What is published, for the log of a start. */
  public List<Publication> published() {
    return publications.all();
  }
}
