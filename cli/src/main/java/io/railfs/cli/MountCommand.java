// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.configuration.Conf;
import io.railfs.configuration.ConfException;
import io.railfs.configuration.ProcessRole;
import io.railfs.supervision.LaunchClock;
import io.railfs.supervision.RunDirectory;
import io.railfs.supervision.RunRecord;
import io.railfs.supervision.logging.Logging;
import io.railfs.supervision.system.CommandException;
import io.railfs.supervision.system.Pid;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** railfs mount. */
@Command(
    name = "mount",
    description =
        "Mounts the dataset of the workers at a directory; without one, lists the mounts.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  railfs mount                       lists the mounts",
      "  railfs mount /mnt/data",
      "  railfs mount -c /etc/railfs/b.conf -o allow_other /mnt/b"
    },
    mixinStandardHelpOptions = true)
final class MountCommand implements Callable<Integer> {
  @Mixin private ConfOptions confOptions;

  @Option(
      names = {"-f", "--foreground"},
      description = "Stays in the foreground; its process serves the mount, logging to stderr.")
  private boolean foreground;

  @Option(
      names = "-o",
      paramLabel = "OPTIONS",
      description =
          "Comma-separated: ro, rw, allow_other, nonempty, supervise, attr_timeout=S, entry_timeout=S,"
              + " negative_timeout=S, max_read=BYTES; those for fstab (_netdev, nofail, ...) are"
              + " accepted.")
  private List<String> options = List.of();

  @Option(
      names = "--supervise",
      description =
          "Starts a supervisor process that mounts again if the mount's process crashes, hangs or"
              + " is killed.")
  private boolean supervise;

  @Option(
      names = "--bind",
      paramLabel = "DEV",
      description =
          "Network device that all connections to workers use, such as ib0, or several: ib0,ib1.")
  private String device;

  @Option(
      names = "--fuse-fd",
      paramLabel = "N",
      description =
          "Serves what another process has mounted at MOUNTPOINT with its /dev/fuse, which is"
              + " descriptor N of this process; needs no privilege. Only with -f.")
  private Integer fuseDescriptor;

  @Option(
      names = "--fuse-socket",
      paramLabel = "PATH",
      description =
          "Serves a mount that the node plugin (railfs csi) at this socket makes and gives; needs no"
              + " privilege. Only with -f.")
  private Path fuseSocket;

  @Option(names = "--supervisor", hidden = true)
  private Long supervisor;

  @Option(names = "--log-file", hidden = true)
  private Path logFile;

  @Option(names = "--json", description = "Lists the mounts as JSON.")
  private boolean json;

  @Parameters(arity = "0..1", paramLabel = "MOUNTPOINT", description = "An empty directory.")
  private Path mountpoint;

  @Override
  public Integer call() throws ConfException, CommandException, InterruptedException {
    Conf conf = conf();
    if (mountpoint == null) {
      MountList.of(RunDirectory.of(conf.config())).print(json);
      return 0;
    }
    MountService mount = MountService.of(conf, mountpoint, handed());
    Optional<Pid> watcher = supervisor();
    boolean stale = mount.prepare(watcher);
    if (foreground) {
      serve(mount, watcher);
      return 0;
    }
    RunRecord record =
        mount.isSupervised() ? mount.superviseInBackground() : mount.startInBackground();
    if (stale) {
      System.err.println("railfs: cleared a stale mount at " + mount.mountpoint());
    }
    if (Logging.isDebug(conf.config())) {
      System.err.printf(
          "railfs: %s was ready after %d ms; pid %d, log %s%n",
          mount.mountpoint(),
          LaunchClock.millisSinceCommand(),
          record.pid().number(),
          record.log());
    }
    return 0;
  }

  private Optional<HandedFuse> handed() throws CommandException {
    if (fuseDescriptor == null && fuseSocket == null) {
      return Optional.empty();
    }
    String option = fuseSocket == null ? "--fuse-fd" : "--fuse-socket";
    if (!foreground || supervise) {
      throw CommandException.wrong(
          option
              + " needs -f and no --supervise: the process that has the descriptor has to serve");
    }
    if (fuseDescriptor != null && fuseSocket != null) {
      throw CommandException.wrong("--fuse-fd and --fuse-socket exclude each other; give one");
    }
    return Optional.of(
        fuseSocket == null ? HandedFuse.inherited(fuseDescriptor) : HandedFuse.askedAt(fuseSocket));
  }

  private Optional<Pid> supervisor() throws CommandException {
    if (supervisor == null) {
      return Optional.empty();
    }
    return Optional.of(
        Pid.of(supervisor).orElseThrow(() -> new CommandException("the supervisor has ended")));
  }

  private void serve(MountService mount, Optional<Pid> watcher)
      throws CommandException, InterruptedException {
    if (mount.isSupervised()) {
      mount.supervise(Optional.ofNullable(logFile));
    } else {
      mount.serve(Optional.ofNullable(logFile), watcher);
    }
  }

  /** Memory flags of the JVM that -f needs; empty where this command is not to stay. */
  Optional<List<String>> foregroundMemory() throws ConfException, CommandException {
    if (!foreground || mountpoint == null) {
      return Optional.empty();
    }
    MountService mount = MountService.of(conf(), mountpoint, handed());
    return Optional.of(mount.isSupervised() ? MountSupervisor.MEMORY : mount.memory());
  }

  private Conf conf() throws ConfException, CommandException {
    List<String> overrides = new ArrayList<>(MountOptions.overrides(options));
    if (device != null) {
      overrides.add("railfs.client.data.bind.device=" + device);
      overrides.add("railfs.client.rpc.bind.device=" + device);
    }
    if (supervise) {
      overrides.add("railfs.mount.supervise=true");
    }
    return confOptions.load(ProcessRole.MOUNT, overrides);
  }
}
