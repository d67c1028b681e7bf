package io.railfs.cli;

import io.railfs.base.Release;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** railfs version. */
@Command(
    name = "version",
    description = "Prints the version of RailFS and of its Java.",
    mixinStandardHelpOptions = true)
final class VersionCommand implements Callable<Integer> {
  @Override
  public Integer call() throws IOException {
    System.out.printf(
        "railfs %s, Java %s (%s)%n",
        Release.VERSION, System.getProperty("java.version"), System.getProperty("java.home"));
    return 0;
  }
}
