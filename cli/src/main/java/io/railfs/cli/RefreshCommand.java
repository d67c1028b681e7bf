// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.configuration.Conf;
import io.railfs.configuration.ConfException;
import io.railfs.configuration.ProcessRole;
import io.railfs.supervision.RunDirectory;
import io.railfs.supervision.RunId;
import io.railfs.supervision.control.RefreshCounts;
import io.railfs.supervision.system.CommandException;
import io.railfs.supervision.system.MountProbe;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** railfs refresh. */
@Command(
    name = "refresh",
    description =
        "Drops what a mount and the kernel know of a path, so that changes of the dataset are seen"
            + " at once and not after the time-outs. Of a directory it drops the listing and the"
            + " entries directly in it.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:the path is below no mount or does not exist, or the mount does not answer"
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  railfs refresh /mnt/data/train            new files in train are seen",
      "  railfs refresh -r /mnt/data               everything is asked for again",
      "  railfs refresh /mnt/data/train/0001.tar   the file was replaced"
    })
final class RefreshCommand implements Callable<Integer> {
  private static final Duration LOOK = Duration.ofSeconds(10);

  @Mixin private ConfOptions confOptions;

  @Option(
      names = {"-r", "--recursive"},
      description = "Everything below PATH too.")
  private boolean recursive;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Parameters(paramLabel = "PATH", description = "A file or directory below a mountpoint.")
  private String path;

  @Override
  public Integer call() throws ConfException, CommandException, InterruptedException {
    Conf conf = confOptions.load(ProcessRole.MOUNT, List.of());
    MountedPath mounted = MountedPath.of(path);
    RunDirectory runs = RunDirectory.of(conf.config());
    RunId id = RunId.ofMount(mounted.mountpoint());
    checkRuns(runs, id, mounted.mountpoint());
    RefreshCounts counts = runs.refresh(id, mounted.inside(), recursive);
    if (isNothing(counts) && MountProbe.stat(mounted.whole(), LOOK) == MountProbe.Answer.MISSING) {
      throw new CommandException(
          "%s does not exist in the dataset, and nothing was known of it".formatted(path));
    }
    print(mounted, counts);
    return ExitCode.OK;
  }

  private static void checkRuns(RunDirectory runs, RunId id, Path mountpoint)
      throws CommandException {
    if (runs.running(id).isPresent()) {
      return;
    }
    throw new CommandException(
        runs.read(id).isPresent()
            ? "the process of the mount at %s has ended; 'railfs mount %s' mounts it again"
                .formatted(mountpoint, mountpoint)
            : "the mount at %s is not one of this user's run directory; ask as the user who mounted it, or name the directory with -D railfs.run-directory=DIR"
                .formatted(mountpoint));
  }

  private static boolean isNothing(RefreshCounts counts) {
    return counts.names() + counts.listings() + counts.attributes() == 0;
  }

  private void print(MountedPath mounted, RefreshCounts counts) {
    if (json) {
      Map<String, Object> reported = new LinkedHashMap<>();
      reported.put("path", mounted.whole().toString());
      reported.put("mountpoint", mounted.mountpoint().toString());
      reported.put("names", counts.names());
      reported.put("listings", counts.listings());
      reported.put("attributes", counts.attributes());
      JsonOutput.print(reported);
    } else {
      System.out.printf(
          "%s: %s and %s dropped%n",
          mounted.whole(),
          Count.of(counts.names(), "name"),
          Count.of(counts.listings(), "listing"));
    }
  }
}
