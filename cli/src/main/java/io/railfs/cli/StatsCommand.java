// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.configuration.Conf;
import io.railfs.configuration.ConfException;
import io.railfs.configuration.ProcessRole;
import io.railfs.supervision.RunDirectory;
import io.railfs.supervision.RunId;
import io.railfs.supervision.RunRecord;
import io.railfs.supervision.system.CommandException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** railfs stats. */
@Command(
    name = "stats",
    description =
        "Shows live what the mounts of this machine do: reads, cache, and bytes for each rail and"
            + " worker. Ends with the last mount, or at Ctrl-C.",
    footerHeading = "%nExamples:%n",
    footer = {"  railfs stats", "  railfs stats --once --json /mnt/data"},
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:done", "1:there is no such mount, or it does not answer"})
final class StatsCommand implements Callable<Integer> {
  private static final String CLEAR_SCREEN = "\033[H\033[J";

  @Mixin private ConfOptions confOptions;

  @Option(
      names = "--json",
      description = "Prints a line of JSON for each sample; counts are since the mount started.")
  private boolean json;

  @Option(
      names = "--once",
      description = "Takes one sample: over one second, or with --json at once.")
  private boolean once;

  @Parameters(arity = "0..1", paramLabel = "MOUNTPOINT", description = "Default: all mounts.")
  private Path mountpoint;

  @Override
  public Integer call() throws ConfException, CommandException, InterruptedException {
    Conf conf = confOptions.load(ProcessRole.MOUNT, List.of());
    RunDirectory runs = RunDirectory.of(conf.config());
    if (mounts(runs).isEmpty()) {
      throw new CommandException(
          mountpoint == null
              ? "no mount is running; 'railfs mount MOUNTPOINT' starts one"
              : "no mount of railfs is running at " + mountpoint);
    }
    Map<String, StatsSample> before = samples(runs);
    while (!before.isEmpty()) {
      if (json) {
        printJson(before);
        if (once) {
          return ExitCode.OK;
        }
      }
      TimeUnit.SECONDS.sleep(1);
      Map<String, StatsSample> now = samples(runs);
      if (!json) {
        print(before, now);
      }
      if (once) {
        return ExitCode.OK;
      }
      before = now;
    }
    return ExitCode.OK;
  }

  private List<RunRecord> mounts(RunDirectory runs) throws CommandException {
    String wanted = mountpoint == null ? null : mountpoint.toAbsolutePath().normalize().toString();
    return runs.running().stream()
        .filter(record -> record.kind() == ProcessRole.MOUNT)
        .filter(record -> wanted == null || record.name().equals(wanted))
        .toList();
  }

  private Map<String, StatsSample> samples(RunDirectory runs) throws CommandException {
    Map<String, StatsSample> samples = new LinkedHashMap<>();
    for (RunRecord record : mounts(runs)) {
      String text = runs.stats(RunId.ofMount(Path.of(record.name())));
      samples.put(record.name(), StatsSample.of(text));
    }
    return samples;
  }

  private static void printJson(Map<String, StatsSample> samples) {
    List<Map<String, Object>> mounts = new ArrayList<>();
    samples.forEach(
        (name, sample) -> {
          Map<String, Object> mount = new LinkedHashMap<>(sample.json().root().unwrapped());
          mount.put("mountpoint", name);
          mounts.add(mount);
        });
    JsonOutput.print(Map.of("mounts", mounts));
  }

  private void print(Map<String, StatsSample> before, Map<String, StatsSample> now) {
    if (!once && isTerminal()) {
      System.out.print(CLEAR_SCREEN);
    }
    now.forEach(
        (name, sample) -> {
          StatsSample earlier = before.getOrDefault(name, sample);
          System.out.println(name);
          sample.since(earlier).forEach(System.out::println);
          sample.rails(earlier).print();
          sample.ports(earlier).forEach(System.out::println);
          sample.transportProblems().forEach(System.out::println);
          System.out.println();
        });
  }

  /** Whether a person looks at standard output; Java's own answers differ between releases. */
  private static boolean isTerminal() {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException e) {
      // Without /proc the lines follow one another.
      return false;
    }
  }
}
