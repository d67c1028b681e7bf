// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.base.HumanReadable;
import io.railfs.client.bulk.Bulk;
import io.railfs.client.bulk.BulkAction;
import io.railfs.client.bulk.BulkProgress;
import io.railfs.configuration.ConfException;
import io.railfs.configuration.ProcessRole;
import io.railfs.supervision.system.CommandException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** railfs check. */
@Command(
    name = "check",
    description = "Shows how much of files and trees the workers' stores hold, and which workers.",
    footerHeading = "%nExamples:%n",
    footer = {"  railfs check /", "  railfs check --json /train"},
    mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
  @Mixin private ConfOptions confOptions;

  @Mixin private BulkPaths where;

  @Option(names = "--json", description = "Prints a line of JSON each second and two at the end.")
  private boolean json;

  @Override
  public Integer call() throws ConfException, CommandException, InterruptedException {
    return BulkRun.of(BulkAction.CHECK, json)
        .run(
            confOptions.load(ProcessRole.MOUNT, List.of()),
            where.paths(),
            where.list(),
            this::print);
  }

  private void print(Bulk bulk) {
    if (json) {
      JsonOutput.print(WorkerShareReport.toJson(bulk));
      return;
    }
    BulkProgress p = bulk.progress();
    System.out.printf(
        "%s of %s in %s are cached (%s)%n",
        HumanReadable.bytes(p.presentBytes()),
        HumanReadable.bytes(p.bytes()),
        Count.of(p.files(), "file"),
        p.bytes() == 0
            ? "nothing to cache"
            : String.format(Locale.US, "%.1f %%", p.presentBytes() * 100.0 / p.bytes()));
    WorkerShareReport.print(bulk);
  }
}
