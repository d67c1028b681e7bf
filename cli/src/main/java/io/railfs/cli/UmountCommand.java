// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.base.MountEntry;
import io.railfs.base.MountInfo;
import io.railfs.configuration.Conf;
import io.railfs.configuration.ConfException;
import io.railfs.configuration.ProcessRole;
import io.railfs.supervision.system.CommandException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** railfs umount. */
@Command(
    name = "umount",
    aliases = "unmount",
    description =
        "Unmounts and waits until the mount's process has gone. A busy mount stays as it is, and"
            + " the processes that use it are listed.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:it could not be done, or is busy; stderr says why",
      "2:the command line, the conf file or a setting is wrong"
    },
    footerHeading = "%nExamples:%n",
    footer = {"  railfs umount /mnt/data", "  railfs umount --all -l"},
    mixinStandardHelpOptions = true)
final class UmountCommand implements Callable<Integer> {
  @Mixin private ConfOptions confOptions;

  @Option(
      names = {"-f", "--force"},
      description = "Even if it is busy or hangs: fails waiting requests and ends its process.")
  private boolean force;

  @Option(
      names = {"-l", "--lazy"},
      description = "Detaches it now; its process serves open files until they are closed.")
  private boolean lazy;

  @Option(
      names = {"-a", "--all"},
      description = "Every RailFS mount of this user, or of all users for root, the newest first.")
  private boolean all;

  @Parameters(
      arity = "0..1",
      paramLabel = "MOUNTPOINT",
      description = "Where it is mounted, unless --all is given.")
  private Path mountpoint;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws ConfException, CommandException, InterruptedException {
    if (all == (mountpoint != null)) {
      throw new ParameterException(
          spec.commandLine(), "name one mountpoint, or all mounts with --all");
    }
    Conf conf = confOptions.load(ProcessRole.MOUNT, List.of());
    if (!all) {
      unmount(Unmounting.of(conf.config(), mountpoint));
      return ExitCode.OK;
    }
    return unmountAll(conf);
  }

  /** Goes on after a failure, so that one busy mount does not keep the others. */
  private int unmountAll(Conf conf) throws CommandException, InterruptedException {
    List<MountEntry> mounts = new ArrayList<>(MountInfo.read().railfs());
    Collections.reverse(mounts);
    int code = ExitCode.OK;
    for (MountEntry mount : mounts) {
      if (Unmounting.isPermitted(mount)) {
        try {
          unmount(Unmounting.of(conf.config(), mount.mountpoint()));
          System.out.println(mount.mountpoint() + " unmounted");
        } catch (CommandException e) {
          System.err.println("railfs: " + e.getMessage());
          code = ExitCode.SOFTWARE;
        }
      }
    }
    return code;
  }

  private void unmount(Unmounting unmounting) throws CommandException, InterruptedException {
    if (force) {
      unmounting.force();
    } else if (lazy) {
      unmounting.lazily();
    } else {
      unmounting.cleanly();
    }
  }
}
