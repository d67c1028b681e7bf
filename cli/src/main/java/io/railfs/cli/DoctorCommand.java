// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.diagnosis.doctor.Doctor;
import io.railfs.diagnosis.doctor.DoctorPlan;
import io.railfs.diagnosis.doctor.Report;
import io.railfs.diagnosis.doctor.Selection;
import io.railfs.supervision.system.CommandException;
import io.railfs.supervision.system.User;
import java.nio.file.Files;
import java.nio.file.Path;
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
    footer = {
      "  railfs doctor",
      "  railfs doctor --local",
      "  railfs doctor --quiet --only port-state,port-rate,port-errors",
      "  railfs doctor --bundle railfs-support.tar.gz"
    },
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

  @Option(
      names = "--only",
      paramLabel = "IDS",
      split = ",",
      description = "Checks of these names only, such as port-state,rpc (docs/DOCTOR.md).")
  private List<String> only = List.of();

  @Option(
      names = "--quiet",
      description = "Prints one line, for monitoring: the state, and what is not well.")
  private boolean quiet;

  @Option(
      names = "--bundle",
      paramLabel = "FILE",
      description =
          "Also writes a support archive (tar.gz): report, settings without secrets, logs, files of"
              + " the kernel.")
  private Path bundle;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Override
  public Integer call() throws CommandException, InterruptedException {
    List<String> overrides = new ArrayList<>(confOptions.overrides());
    if (!workers.isEmpty()) {
      overrides.add("railfs.workers=" + String.join(",", workers));
    }
    if (json && quiet) {
      throw CommandException.wrong("--json and --quiet are two forms of one report; choose one");
    }
    if (bundle != null && Files.exists(bundle)) {
      throw new CommandException(bundle + " exists; name a file that does not");
    }
    Report report =
        Doctor.examine(
            new DoctorPlan(confOptions.file(), overrides, User.isRoot(), local, selection()));
    if (bundle != null) {
      SupportBundle.write(bundle, report, confOptions.file(), overrides);
    }
    print(report);
    return report.level().exitCode();
  }

  private Selection selection() throws CommandException {
    try {
      return only.isEmpty() ? Selection.all() : Selection.of(only);
    } catch (IllegalArgumentException e) {
      throw CommandException.wrong(e.getMessage() + "; docs/DOCTOR.md lists them", e);
    }
  }

  private void print(Report report) {
    if (json) {
      JsonOutput.print(report.toJson());
    } else if (quiet) {
      System.out.println(report.line());
    } else {
      report.lines().forEach(System.out::println);
    }
  }
}
