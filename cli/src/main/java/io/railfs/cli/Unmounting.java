// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import com.typesafe.config.Config;
import io.railfs.base.MountEntry;
import io.railfs.base.MountInfo;
import io.railfs.supervision.RunDirectory;
import io.railfs.supervision.RunId;
import io.railfs.supervision.RunRecord;
import io.railfs.supervision.RunState;
import io.railfs.supervision.system.CommandException;
import io.railfs.supervision.system.Holder;
import io.railfs.supervision.system.Holders;
import io.railfs.supervision.system.Mountpoint;
import io.railfs.supervision.system.OtherNamespaces;
import io.railfs.supervision.system.Pid;
import io.railfs.supervision.system.Unmount;
import io.railfs.supervision.system.User;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Takes one RailFS mount away, with its process.
 *
 * @param mount what is seen at the mountpoint
 * @param runs where its process keeps its run file
 * @param process its process, where it is known and runs
 * @param supervisor the process that would mount again, where there is one
 * @param timeout how long to wait for its end
 */
record Unmounting(
    MountEntry mount,
    RunDirectory runs,
    Optional<Pid> process,
    Optional<Pid> supervisor,
    Duration timeout) {
  private static final Duration TERM_TIMEOUT = Duration.ofSeconds(5);

  /** Fails with {@link CommandException} where no RailFS mount is there. */
  static Unmounting of(Config config, Path path) throws CommandException {
    Path mountpoint = Mountpoint.resolve(path);
    Optional<MountEntry> there = MountInfo.read().at(mountpoint);
    if (there.isEmpty()) {
      throw new CommandException(mountpoint + " is not mounted; 'railfs mount' lists the mounts");
    }
    if (!there.get().isRailfs()) {
      throw new CommandException(
          "%s is a mount of type %s, not of RailFS; use umount"
              .formatted(mountpoint, there.get().type()));
    }
    if (!isPermitted(there.get())) {
      throw new CommandException(
          "%s was mounted by %s; that user or root can unmount it: sudo railfs umount %s"
              .formatted(mountpoint, there.get().user().map(User::name).orElseThrow(), mountpoint));
    }
    RunDirectory runs = RunDirectory.of(config);
    RunId id = RunId.ofMount(mountpoint);
    return new Unmounting(
        there.get(),
        runs,
        runs.running(id).map(RunRecord::pid),
        runs.supervisors().running(id.ofSupervisor()).map(RunRecord::pid),
        config.getDuration("railfs.stop-timeout"));
  }

  /** Whether this user may unmount it. */
  static boolean isPermitted(MountEntry mount) throws CommandException {
    Optional<Integer> owner = mount.user();
    return owner.isEmpty() || owner.get() == User.uid() || User.isRoot();
  }

  private Path mountpoint() {
    return mount.mountpoint();
  }

  /** Only where nobody uses it; otherwise an error that names the holders. */
  void cleanly() throws CommandException, InterruptedException {
    if (Mountpoint.isStale(mountpoint()) && supervisor.isPresent()) {
      withoutSupervisor().cleanly();
      return;
    }
    if (!Mountpoint.clearStale(mountpoint()) && !Unmount.run(mountpoint(), Unmount.Mode.CLEAN)) {
      throw new CommandException(busy());
    }
    awaitEnd();
  }

  private String busy() throws CommandException {
    StringBuilder text = new StringBuilder(mountpoint() + " is busy and stays mounted");
    List<MountEntry> below = MountInfo.read().below(mountpoint());
    List<Holder> holders = Holders.of(mountpoint());
    below.forEach(inner -> text.append("\n  mount ").append(inner.mountpoint()));
    holders.forEach(holder -> text.append("\n  ").append(holder));
    if (below.isEmpty() && holders.isEmpty()) {
      text.append(
          User.isRoot()
              ? " by a process in another mount namespace or by the kernel"
              : " by a process of another user; root sees which");
    }
    return text
        + "\nEnd them and try again, or use -l (go on until they end) or -f (cut them off).";
  }

  /** Out of the tree now; the process ends when its last user has gone. */
  void lazily() throws CommandException, InterruptedException {
    withoutSupervisor();
    Unmount.run(mountpoint(), Unmount.Mode.LAZY);
  }

  /** Whoever uses it gets errors. */
  void force() throws CommandException, InterruptedException {
    if (supervisor.isPresent()) {
      withoutSupervisor().force();
      return;
    }
    boolean aborted = Unmount.abort(mount);
    Unmount.run(mountpoint(), Unmount.Mode.LAZY);
    // An aborted connection ends the process by itself.
    if (process.isPresent() && !(aborted && process.get().awaitEnd(TERM_TIMEOUT))) {
      process.get().terminate();
      if (!process.get().awaitEnd(TERM_TIMEOUT)) {
        process.get().kill();
      }
    }
    awaitEnd();
  }

  /**
   * Ends the supervisor by SIGKILL, for it holds nothing, and the process that it may be starting
   * at the moment; what remains is for the caller.
   */
  private Unmounting withoutSupervisor() throws CommandException, InterruptedException {
    RunId id = RunId.ofMount(mountpoint());
    if (supervisor.isPresent() && supervisor.get().kill()) {
      supervisor.get().awaitEnd(TERM_TIMEOUT);
      runs.supervisors().delete(id.ofSupervisor());
    }
    Optional<RunRecord> running = runs.running(id);
    if (running.isPresent() && running.get().state() == RunState.STARTING) {
      running.get().pid().kill();
      running.get().pid().awaitEnd(TERM_TIMEOUT);
    }
    return new Unmounting(
        mount, runs, runs.running(id).map(RunRecord::pid), Optional.empty(), timeout);
  }

  private String stillThere(Pid serving) throws CommandException {
    List<Holder> elsewhere = OtherNamespaces.with(mount);
    String why =
        elsewhere.isEmpty()
            ? "; see its log, or kill it"
            : elsewhere.stream()
                .map(Holder::toString)
                .collect(
                    Collectors.joining(
                        "; ",
                        ": another mount namespace (container, ip netns exec) has it still: ",
                        ""));
    return "%s is unmounted, but its process (pid %d) has not ended after %d s%s"
        .formatted(mountpoint(), serving.number(), timeout.toSeconds(), why);
  }

  private void awaitEnd() throws CommandException, InterruptedException {
    if (process.isPresent() && !process.get().awaitEnd(timeout)) {
      throw new CommandException(stillThere(process.get()));
    }
    // It ends by itself when its process has ended and nothing was left behind.
    if (supervisor.isPresent() && !supervisor.get().awaitEnd(timeout)) {
      throw new CommandException(
          "%s is unmounted, but its supervisor (pid %d) has not ended; kill it"
              .formatted(mountpoint(), supervisor.get().number()));
    }
    // One that was killed has left its file behind.
    runs.deleteEnded(RunId.ofMount(mountpoint()));
  }
}
