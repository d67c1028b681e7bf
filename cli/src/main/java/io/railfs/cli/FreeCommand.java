// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.base.HumanReadable;
import io.railfs.client.bulk.Bulk;
import io.railfs.client.bulk.BulkAction;
import io.railfs.client.bulk.WorkerShare;
import io.railfs.configuration.ConfException;
import io.railfs.configuration.ProcessRole;
import io.railfs.supervision.system.CommandException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** railfs free. */
@Command(
    name = "free",
    description =
        "Drops files and trees from the workers' stores; the dataset stays as it is, and so do"
            + " pinned blocks.",
    footerHeading = "%nExamples:%n",
    footer = {"  railfs free /val"},
    mixinStandardHelpOptions = true)
final class FreeCommand implements Callable<Integer> {
  @Mixin private ConfOptions confOptions;

  @Mixin private BulkPaths where;

  @Option(names = "--json", description = "Prints a line of JSON each second and one at the end.")
  private boolean json;

  @Override
  public Integer call() throws ConfException, CommandException, InterruptedException {
    return BulkRun.of(BulkAction.FREE, json)
        .run(
            confOptions.load(ProcessRole.MOUNT, List.of()),
            where.paths(),
            where.list(),
            this::print);
  }

  private void print(Bulk bulk) {
    long bytes = bulk.shares().stream().mapToLong(WorkerShare::bytes).sum();
    long blocks = bulk.shares().stream().mapToLong(WorkerShare::blocks).sum();
    long pinned = bulk.shares().stream().mapToLong(WorkerShare::pinned).sum();
    if (json) {
      JsonOutput.print(WorkerShareReport.toJson(bulk));
      return;
    }
    System.out.printf(
        "%s in %s of %s freed%s%n",
        HumanReadable.bytes(bytes),
        Count.of(blocks, "block"),
        Count.of(bulk.progress().filesDone(), "file"),
        pinned == 0 ? "" : "; %d pinned blocks stay, see 'railfs load --unpin'".formatted(pinned));
  }
}
