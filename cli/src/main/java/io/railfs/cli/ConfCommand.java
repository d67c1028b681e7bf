// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.base.FileFailure;
import io.railfs.configuration.ConfDocs;
import io.railfs.configuration.ConfException;
import io.railfs.configuration.ConfValue;
import io.railfs.configuration.Home;
import io.railfs.configuration.ProcessRole;
import io.railfs.supervision.system.CommandException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** railfs conf get. */
@Command(
    name = "conf",
    description = "Shows the effective settings.",
    footerHeading = "%nExamples:%n",
    footer = {"  railfs conf", "  railfs conf get mount.memory-limit --source"},
    mixinStandardHelpOptions = true,
    subcommands = {ConfCommand.Get.class, ConfCommand.WriteDocs.class},
    synopsisSubcommandLabel = "COMMAND",
    subcommandsRepeatable = false)
final class ConfCommand {

  @Command(
      name = "get",
      description = "Prints the value of a setting, of those below a section, or of all.",
      mixinStandardHelpOptions = true)
  static final class Get implements Callable<Integer> {
    @Mixin private ConfOptions conf;

    @Option(names = "--source", description = "Also where each value comes from: file and line.")
    private boolean source;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Option(names = "--worker", description = "The settings of a worker instead of a mount.")
    private boolean worker;

    @Parameters(
        arity = "0..1",
        paramLabel = "KEY",
        description = "Key or section, such as mount.memory-limit; otherwise all.")
    private String key;

    @Override
    public Integer call() throws ConfException {
      Map<String, ConfValue> values = conf.load(role(), List.of()).values(Optional.ofNullable(key));
      if (json) {
        Map<String, Object> answer = new LinkedHashMap<>();
        values.forEach((name, value) -> answer.put(name, json(value)));
        JsonOutput.print(answer);
      } else {
        boolean bare =
            values.size() == 1 && key != null && values.keySet().iterator().next().endsWith(key);
        values.forEach((name, value) -> System.out.println(line(name, value, bare)));
      }
      return 0;
    }

    /** A key of a worker or the CSI driver needs no option: nothing else can be meant. */
    private ProcessRole role() {
      if (worker || isOf("worker")) {
        return ProcessRole.WORKER;
      }
      return isOf("csi") ? ProcessRole.CSI : ProcessRole.MOUNT;
    }

    private boolean isOf(String section) {
      return key != null && (key + ".").matches("(railfs\\.)?" + section + "\\..*");
    }

    private Object json(ConfValue value) {
      if (!source) {
        return value.value();
      }
      Map<String, Object> both = new LinkedHashMap<>();
      both.put("value", value.value());
      both.put("source", value.source().text());
      return both;
    }

    private String line(String name, ConfValue value, boolean bare) {
      String text = bare ? bareText(value) : name + " = " + value.text();
      return source ? text + "  # " + value.source().text() : text;
    }

    /** A single string stands alone, without quotes, for scripts. */
    private static String bareText(ConfValue value) {
      return value.value() instanceof String text ? text : value.text();
    }
  }

  @Command(
      name = "write-docs",
      hidden = true,
      description =
          "Writes conf/*.conf, docs/CONFIGURATION.md, METRICS.md and openapi.json of a source tree again.",
      mixinStandardHelpOptions = true)
  static final class WriteDocs implements Callable<Integer> {
    @Override
    public Integer call() throws ConfException, CommandException {
      Path home =
          Home.directory()
              .orElseThrow(() -> new CommandException("start it as bin/railfs conf write-docs"));
      try {
        ConfDocs.write(home);
        MetricsDocs.write(home);
        return 0;
      } catch (IOException e) {
        throw new CommandException(
            "the files below " + home + " cannot be written: " + FileFailure.describe(e), e);
      }
    }
  }
}
