// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.base.Release;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** railfs version. */
@Command(
    name = "version",
    description = "Prints the version of RailFS and of its Java.",
    mixinStandardHelpOptions = true)
final class VersionCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    System.out.printf(
        "railfs %s, Java %s (%s)%n",
        Release.VERSION, System.getProperty("java.version"), System.getProperty("java.home"));
    return 0;
  }

  /** What {@code railfs --version} prints. */
  static final class Provider implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"railfs " + Release.VERSION};
    }
  }
}
