// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.configuration.DidYouMean;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What is wrong with a command line, as one sentence in the words of a person. */
final class UsageSentence {
  private UsageSentence() {}

  static String of(ParameterException problem) {
    CommandLine command = problem.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    if (problem instanceof UnmatchedArgumentException unmatched) {
      Optional<String> word = unknownCommand(command, unmatched.getUnmatched());
      if (word.isPresent()) {
        return "there is no command '%s %s'%s"
            .formatted(name, word.get(), hint(command, word.get()));
      }
    }
    return problem.getMessage();
  }

  /** The first word, where a command was expected and none of this name is known. */
  private static Optional<String> unknownCommand(CommandLine command, List<String> unmatched) {
    boolean expected = !command.getSubcommands().isEmpty();
    return unmatched.stream().findFirst().filter(word -> expected && !word.startsWith("-"));
  }

  private static String hint(CommandLine command, String word) {
    if (command.getCommandSpec().userObject() instanceof ConfCommand && word.equals("set")) {
      return "; settings are changed in the conf file, or with -D for one command";
    }
    Set<String> names = command.getSubcommands().keySet();
    return DidYouMean.of(word, names)
        .filter(near -> DidYouMean.distance(word, near) <= 2)
        .map(near -> ", did you mean '" + near + "'?")
        .orElse("");
  }
}
