// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.base.FileFailure;
import io.railfs.base.Release;
import io.railfs.supervision.system.CommandException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** railfs write-pages, for the build of packages. */
@Command(
    name = "write-pages",
    hidden = true,
    description = "Writes man pages and the completion of bash and zsh, laid out as below /usr.",
    mixinStandardHelpOptions = true)
final class WritePagesCommand implements Callable<Integer> {
  private static final String BASH = "share/bash-completion/completions/railfs";

  /** The first use loads the functions of bash, and answers with them at once. */
  private static final String ZSH =
      """
      #compdef railfs
      autoload -U +X bashcompinit && bashcompinit
      source /usr/%s
      _bash_complete -o default -F _complete_railfs
      """;

  @Parameters(paramLabel = "DIR", description = "Takes the files.")
  private Path directory;

  @Override
  public Integer call() throws CommandException {
    try {
      CommandLine railfs = Main.commandLine();
      writeManPages(railfs, Release.VERSION);
      write(BASH, AutoComplete.bash("railfs", railfs));
      write("share/zsh/vendor-completions/_railfs", ZSH.formatted(BASH));
      return 0;
    } catch (IOException e) {
      throw new CommandException(
          "the files below " + directory + " cannot be written: " + FileFailure.describe(e), e);
    }
  }

  private void writeManPages(CommandLine command, String version) throws IOException {
    String name = ManPage.fileName(command.getCommandSpec());
    write("share/man/man1/" + name, new ManPage(command, version).text());
    for (CommandLine part : ManPage.visibleCommands(command.getCommandSpec()).values()) {
      writeManPages(part, version);
    }
  }

  private void write(String name, String text) throws IOException {
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }
}
