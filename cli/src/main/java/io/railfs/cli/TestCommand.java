// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.supervision.system.CommandException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** railfs test: listed here for the help; the launcher does it, as there may be no build yet. */
@Command(
    name = "test",
    description = "Installs what the tests need, builds RailFS and runs every test.",
    mixinStandardHelpOptions = true)
final class TestCommand implements Callable<Integer> {
  @Override
  public Integer call() throws CommandException {
    throw new CommandException("the tests are started by the launcher: use bin/railfs test");
  }
}
