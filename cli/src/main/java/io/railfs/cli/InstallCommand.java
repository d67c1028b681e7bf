// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.base.Release;
import io.railfs.cli.install.Installation;
import io.railfs.cli.install.Layout;
import io.railfs.configuration.Home;
import io.railfs.supervision.system.CommandException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** railfs install. */
@Command(
    name = "install",
    description = {
      "Installs RailFS or upgrades it: command, libraries, conf files, systemd units, mount helper.",
      "Conf files that were edited stay as they are, mounts and workers that run go on with the"
          + " release that they were started from. No service is started or stopped."
    },
    mixinStandardHelpOptions = true)
final class InstallCommand implements Callable<Integer> {
  private static final int WARM_UP_SECONDS = 320;

  @Option(
      names = "--prefix",
      paramLabel = "DIR",
      description =
          "Where to; /usr/local otherwise, with conf files in /etc/railfs. With a directory of your"
              + " own everything is below it.")
  private Path prefix = Layout.USUAL_PREFIX;

  @Option(
      names = "--destdir",
      paramLabel = "DIR",
      description = "Stands for / while a package is made.")
  private Path destdir = Path.of("/");

  @Option(
      names = "--no-archive",
      description = "Does without the archive of classes that makes every start faster.")
  private boolean withoutArchive;

  @Option(
      names = "--uninstall",
      description = "Takes it away, but neither conf files nor logs nor cached blocks.")
  private boolean uninstall;

  @Override
  public Integer call() throws CommandException, IOException, InterruptedException {
    Layout layout = new Layout(absolute(prefix), absolute(destdir));
    Installation installation = new Installation(layout, System.out::println);
    if (uninstall) {
      installation.uninstall();
      return 0;
    }
    Path home =
        Home.directory().orElseThrow(() -> new CommandException("start it as bin/railfs install"));
    Path release = installation.install(home, Release.VERSION);
    if (!layout.isStaged() && !withoutArchive) {
      warmUp(release);
    }
    installation.sayNext();
    return 0;
  }

  private static Path absolute(Path path) {
    return path.toAbsolutePath().normalize();
  }

  /** Makes the archive of classes now, for a service may not write there. */
  private static void warmUp(Path release) throws CommandException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(release.resolve("bin/railfs").toString(), "warm-up")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    try {
      Process process = builder.start();
      if (!process.waitFor(WARM_UP_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        System.err.println("railfs: the archive of classes took too long; starts will be slower");
      } else if (process.exitValue() != 0) {
        System.err.println("railfs: there is no archive of classes; starts will be slower");
      }
    } catch (IOException e) {
      throw new CommandException(release + "/bin/railfs cannot be run: " + e.getMessage(), e);
    }
  }
}
