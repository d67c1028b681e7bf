// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.diagnosis.doctor.Doctor;
import io.railfs.diagnosis.doctor.Report;
import io.railfs.supervision.system.CommandException;
import io.railfs.supervision.system.User;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** railfs doctor. */
@Command(
    name = "doctor",
    description =
        "Checks this machine and each worker: that mounts can work, and that their bytes move on"
            + " the devices that the conf names.",
    footerHeading = "%nExamples:%n",
    footer = {"  railfs doctor", "  railfs doctor --local"},
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:all is well", "1:warnings", "2:problems, or the command line is wrong"})
final class DoctorCommand implements Callable<Integer> {
  @Mixin private ConfOptions confOptions;

  @Option(
      names = "--worker",
      paramLabel = "HOST:PORT",
      description = "Worker to check instead of those of the conf; may be given several times.")
  private List<String> workers = List.of();

  @Option(names = "--local", description = "Checks this machine only.")
  private boolean local;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Override
  public Integer call() throws CommandException, InterruptedException {
    List<String> overrides = new ArrayList<>(confOptions.overrides());
    if (!workers.isEmpty()) {
      overrides.add("railfs.workers=" + String.join(",", workers));
    }
    Report report = Doctor.examine(confOptions.file(), overrides, User.isRoot(), local);
    if (json) {
      JsonOutput.print(report.toJson());
    } else {
      report.lines().forEach(System.out::println);
    }
    return report.level().exitCode();
  }
}
