// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/** The messages for wrong input, and the texts of --help. */
final class MessagesTest {
  @TempDir private Path directory;

  private static String sentence(String... words) {
    StringWriter err = new StringWriter();
    CommandLine command = Main.commandLine(words);
    command.setErr(new PrintWriter(err));
    assertThat(command.execute(words)).isEqualTo(2);
    assertThat(err.toString().strip().lines()).as(err.toString()).hasSize(1);
    return err.toString().strip();
  }

  private String ofConf(String content) throws IOException {
    Path conf = Files.writeString(directory.resolve("some.conf"), content);
    return sentence("mount", "-c", conf.toString(), "/mnt/data");
  }

  @Test
  void aMisspeltCommandIsToldFromAnArgument() {
    assertThat(sentence("mont", "/x"))
        .contains("there is no command 'railfs mont', did you mean 'mount'?");
    assertThat(sentence("xyzzy")).contains("there is no command 'railfs xyzzy';");
    assertThat(sentence("bench", "nett"))
        .contains("there is no command 'railfs bench nett', did you mean 'net'?");
    assertThat(sentence("conf", "set", "a", "b"))
        .contains("there is no command 'railfs conf set'; settings are changed in the conf file");
    assertThat(sentence("worker", "restrat"))
        .contains("there is no command 'railfs worker restrat', did you mean 'restart'?");
    assertThat(sentence("umount")).contains("name one mountpoint, or all mounts with --all");
    assertThat(sentence("umount", "--all", "/mnt")).contains("name one mountpoint");
    assertThat(sentence("mount", "--bogus", "/x")).contains("--bogus");
  }

  @Test
  void aKeyThatBeginsAnotherIsCompleted() {
    assertThat(sentence("conf", "get", "mount.memory"))
        .contains("did you mean railfs.mount.memory-limit?");
    assertThat(sentence("conf", "get", "mount.thraeds"))
        .contains("did you mean railfs.mount.threads?");
  }

  @Test
  void theCommonestMistakesOfAConfFileAreNamed() throws IOException {
    assertThat(ofConf("railfs.workers = 127.0.0.1:33999\n"))
        .contains("some.conf:1: a value with ':' in it needs quotes");
    assertThat(ofConf("railfs { mount {\n threads = 8 }\n"))
        .contains("some.conf: the '{' of line 1 is not closed by '}'");
    assertThat(ofConf("railfs {\n # a }\n mount {\n  threads = \"}\"\n"))
        .contains("some.conf: the '{' of line 3 is not closed by '}'");
  }

  @Test
  void noSummaryOfACommandEndsInTheMiddleOfASentence() {
    for (CommandLine command : Main.commandLine().getSubcommands().values()) {
      if (!command.getCommandSpec().usageMessage().hidden()) {
        String[] description = command.getCommandSpec().usageMessage().description();
        assertThat(description).as(command.getCommandName()).isNotEmpty();
        assertThat(description[0]).as(command.getCommandName()).endsWith(".");
      }
    }
  }

  @Test
  void helpShowsWordsForPeopleInEightyColumns() {
    List<CommandLine> commands = new ArrayList<>(Main.commandLine().getSubcommands().values());
    commands.addAll(Main.commandLine().getSubcommands().get("bench").getSubcommands().values());
    for (CommandLine command : commands) {
      String name = command.getCommandName();
      assertThat(command.getUsageMessage(Ansi.OFF)).as(name).doesNotContainPattern("=<\\w+>");
      assertThat(command.getCommandSpec().usageMessage().footer())
          .as(name)
          .allMatch(line -> line.length() <= 80);
    }
  }

  @Test
  void aSubcommandThatIsBuiltAloneIsTheOneOfThatName() {
    CommandLine.Model.CommandSpec all = Main.commandLine().getCommandSpec();
    assertThat(all.subcommands().keySet()).containsAll(subcommandNames());
    for (String name : subcommandNames()) {
      assertThat(all.subcommands().get(name).getCommandSpec().name()).isEqualTo(name);
    }
    CommandLine alone = Main.commandLine("version", "--help");
    assertThat(alone.getSubcommands().keySet()).containsExactly("version");
    assertThat(alone.getSubcommands().get("version").getUsageMessage(Ansi.OFF))
        .isEqualTo(all.subcommands().get("version").getUsageMessage(Ansi.OFF));
  }

  private static Set<String> subcommandNames() {
    return RailfsCommand.SUBCOMMANDS.keySet();
  }

  @Test
  void eachActionOfAWorkerHasAHelpOfItsOwn() {
    CommandLine worker = Main.commandLine().getSubcommands().get("worker");
    assertThat(worker.getSubcommands().keySet())
        .containsExactlyInAnyOrder("start", "stop", "restart", "status");
    String start = worker.getSubcommands().get("start").getUsageMessage(Ansi.OFF);
    assertThat(start).contains("--foreground").doesNotContain("--json");
    String status = worker.getSubcommands().get("status").getUsageMessage(Ansi.OFF);
    assertThat(status).contains("--json").doesNotContain("--foreground");
  }

  @Test
  void optionsBeforeTheActionOfAWorkerCountAsThoseAfterIt() {
    // A worker of this machine may run already, and is not asked for here.
    String run = "run-directory=" + directory;
    for (String[] words :
        new String[][] {
          {"worker", "-f", "-D", run, "-D", "worker.heap=1MiB", "start"},
          {"worker", "start", "-f", "-D", run, "-D", "worker.heap=1MiB"}
        }) {
      assertThat(sentence(words)).contains("worker.heap");
    }
  }
}
