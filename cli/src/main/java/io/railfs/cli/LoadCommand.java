// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.base.HumanReadable;
import io.railfs.client.bulk.Bulk;
import io.railfs.client.bulk.BulkAction;
import io.railfs.client.bulk.BulkProgress;
import io.railfs.configuration.Conf;
import io.railfs.configuration.ConfException;
import io.railfs.configuration.ProcessRole;
import io.railfs.supervision.BackgroundCommand;
import io.railfs.supervision.system.CommandException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** railfs load. */
@Command(
    name = "load",
    description =
        "Fills the workers' stores with files and trees of the dataset, each block on its own"
            + " worker; what is there is skipped, so a load that was stopped goes on when it is"
            + " started again.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  railfs load /train /val/images",
      "  railfs load --background --bandwidth=2GiB/s /train"
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:everything is loaded", "1:something failed; stderr or the last line says"})
final class LoadCommand implements Callable<Integer> {
  private static final int MAX_REPLICAS = 64;

  @Mixin private ConfOptions confOptions;

  @Mixin private BulkPaths where;

  @Option(
      names = "--replicas",
      paramLabel = "N",
      defaultValue = "1",
      description = "Workers that each block is loaded into, in the order in which reads ask them.")
  private int replicas;

  @Option(
      names = "--bandwidth",
      paramLabel = "RATE",
      description = "Most bytes a second over all workers, such as 2GiB/s; no limit if not given.")
  private String bandwidth;

  @Option(
      names = "--at-once",
      paramLabel = "N",
      defaultValue = "12",
      description = "Blocks that each worker is asked for at once; ${DEFAULT-VALUE}.")
  private int atOnce;

  @Option(
      names = "--pin",
      description = "Also pins what is loaded: it is not evicted until --unpin.")
  private boolean pin;

  @Option(
      names = "--unpin",
      description = "Loads nothing, and opens to eviction again what was pinned.")
  private boolean unpin;

  @Option(
      names = "--all",
      description = "--unpin: every block of every worker, also of files that are gone or changed.")
  private boolean all;

  @Option(names = "--background", description = "Returns at once; its log has the progress.")
  private boolean background;

  @Option(names = "--json", description = "Prints a line of JSON each second and one at the end.")
  private boolean json;

  @Override
  public Integer call() throws ConfException, CommandException, InterruptedException {
    Conf conf = confOptions.load(ProcessRole.MOUNT, List.of());
    check();
    if (background) {
      return startInBackground(conf);
    }
    if (all) {
      return UnpinAll.run(conf, json);
    }
    BulkAction action = unpin ? BulkAction.UNPIN : pin ? BulkAction.LOAD_AND_PIN : BulkAction.LOAD;
    BulkRun run = new BulkRun(action, replicas, rate(), atOnce, json);
    return run.run(conf, where.paths(), where.list(), this::print);
  }

  private void check() throws CommandException {
    if (replicas < 1 || replicas > MAX_REPLICAS) {
      throw CommandException.wrong("--replicas " + replicas + " is not between 1 and 64");
    }
    if (atOnce < 1 || atOnce > 256) {
      throw CommandException.wrong("--at-once " + atOnce + " is not between 1 and 256");
    }
    if (pin && unpin) {
      throw CommandException.wrong("--pin and --unpin exclude each other");
    }
    if (all && (!unpin || !where.paths().isEmpty() || where.list() != null)) {
      throw CommandException.wrong("--all goes with --unpin and without paths");
    }
    rate();
  }

  private double rate() throws CommandException {
    if (bandwidth == null) {
      return 0;
    }
    String size =
        bandwidth.endsWith("/s") ? bandwidth.substring(0, bandwidth.length() - 2) : bandwidth;
    return CliParsers.bytes("--bandwidth", size);
  }

  private int startInBackground(Conf conf) throws CommandException {
    List<String> arguments = new ArrayList<>(List.of("load", "--json"));
    arguments.addAll(ConfOptions.arguments(conf));
    arguments.addAll(List.of("--replicas", "" + replicas, "--at-once", "" + atOnce));
    if (bandwidth != null) {
      arguments.addAll(List.of("--bandwidth", bandwidth));
    }
    String list = where.list();
    if (list != null) {
      if (list.equals("-")) {
        throw CommandException.wrong("--background cannot read standard input; name a file");
      }
      arguments.addAll(List.of("--from-file", Path.of(list).toAbsolutePath().toString()));
    }
    if (pin) {
      arguments.add("--pin");
    }
    if (unpin) {
      arguments.add("--unpin");
    }
    if (all) {
      arguments.add("--all");
    }
    arguments.add("--");
    arguments.addAll(where.paths());
    BackgroundCommand started =
        BackgroundCommand.start(conf.config(), "load", Main.class.getName(), arguments);
    System.out.printf("load runs, pid %d, log %s%n", started.pid(), started.log());
    return ExitCode.OK;
  }

  private void print(Bulk bulk) {
    if (json) {
      return;
    }
    BulkProgress p = bulk.progress();
    if (unpin) {
      long blocks = bulk.shares().stream().mapToLong(share -> share.blocks()).sum();
      System.out.printf("%d blocks of %d files unpinned%n", blocks, p.filesDone());
      return;
    }
    System.out.printf(
        "%d of %d files %s: %s from the UFS, %s were there, in %.1f s%n",
        p.filesDone(),
        p.files(),
        pin ? "loaded and pinned" : "loaded",
        HumanReadable.bytes(p.loadedBytes()),
        HumanReadable.bytes(p.presentBytes()),
        p.seconds());
  }
}
