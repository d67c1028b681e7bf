// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.railfs.supervision.system.Exit;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The one table of exit codes, and that what is wrong ends with its code, whoever finds it. */
final class ExitCodesTest {
  private static final Path HOME = Path.of("..");

  @TempDir private Path directory;
  private Path conf;
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void makeConf() throws IOException {
    conf = Files.writeString(directory.resolve("some.conf"), "");
  }

  private int run(String... words) {
    CommandLine command = Main.commandLine();
    command.setErr(new PrintWriter(err));
    return command.execute(words);
  }

  private int runWithConf(String words, String setting) throws IOException {
    Files.writeString(
        conf,
        "railfs.run-directory = \"%s/run\"\nrailfs.log.directory = \"%s\"\n%s\n"
            .formatted(directory, directory, setting));
    List<String> all = new ArrayList<>(List.of(words.split(" ", -1)));
    all.addAll(List.of("-c", conf.toString()));
    if (words.startsWith("mount") || words.startsWith("jvm-flags")) {
      all.add(directory.resolve("mnt").toString());
    }
    return run(all.toArray(String[]::new));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "railfs.mount.memory-limt = 1GiB",
        "railfs.mount.memory-limit = 1MiB",
        "railfs.mount.memory-limit = much",
        "railfs.mount.threads = 0",
        "railfs.workers = [\"node:99999\"]",
        "railfs.workers = [",
        "railfs.client.read-deadline = 0s",
        "railfs.log.level = loud",
        "railfs.security.secret-file = [",
        "railfs.fabric = 1",
        "railfs.membership.type = \"paper\""
      })
  void aWrongSettingOfAMountEndsWithItsCode(String setting) throws IOException {
    for (String words : List.of("mount", "mount -f", "jvm-flags mount -f")) {
      assertThat(runWithConf(words, setting)).as("%s: %s", words, err).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "railfs.worker.store.capacty = 1GiB",
        "railfs.worker.store.capacity = 1KiB",
        "railfs.worker.heap = 1MiB",
        "railfs.worker.block-size = 3MiB",
        "railfs.worker.ufs = \"\"",
        "railfs.worker.ufs = \"ftp://host/dir\"",
        "railfs.worker.ufs = \"s3://\"",
        "railfs.worker.store.directories = []",
        "railfs.worker.rpc.bind.port = 99999",
        "railfs.worker.rest.bind.host = \"0.0.0.0\""
      })
  void aWrongSettingOfAWorkerEndsWithItsCode(String setting) throws IOException {
    for (String words : List.of("worker start", "worker start -f")) {
      assertThat(runWithConf(words, setting)).as("%s: %s", words, err).isEqualTo(2);
    }
  }

  @Test
  void aWrongCommandLineEndsWithItsCode() throws IOException {
    assertThat(run("mont", "/x")).isEqualTo(2);
    assertThat(run("mount", "-o", "bogus", "/x")).isEqualTo(2);
    assertThat(run("mount", "-c", directory.resolve("none.conf").toString(), "/x")).isEqualTo(2);
    assertThat(run("mount", "-D", "typo=1", "/x")).isEqualTo(2);
    assertThat(run("worker", "reload")).isEqualTo(2);
    assertThat(run("conf", "get", "mount.bogus")).isEqualTo(2);
    assertThat(runWithConf("check", "")).isEqualTo(2);
    assertThat(runWithConf("load --replicas 0 /x", "")).isEqualTo(2);
    assertThat(runWithConf("bench net --connections 100", "")).isEqualTo(2);
    assertThat(runWithConf("bench read --block-size 3parsec /x", "")).isEqualTo(2);
  }

  @Test
  void whatIsRightButCannotBeDoneEndsWithAnotherCode() throws IOException {
    assertThat(runWithConf("umount " + directory, "")).isEqualTo(1);
    assertThat(runWithConf("stats", "")).isEqualTo(1);
    assertThat(runWithConf("mount", "")).as("there is no such directory").isEqualTo(1);
  }

  @Test
  void readmeHelpAndUnitsHaveTheSameTable() throws IOException {
    List<String> codes =
        Arrays.stream(Exit.values()).map(exit -> String.valueOf(exit.code())).toList();
    Matcher rows =
        Pattern.compile("(?m)^\\| (\\d+) \\| ")
            .matcher(Files.readString(HOME.resolve("README.md")));
    assertThat(rows.results().map(row -> row.group(1))).containsExactlyElementsOf(codes);
    assertThat(Main.commandLine().getCommandSpec().usageMessage().exitCodeList().keySet())
        .containsExactlyElementsOf(codes);
    for (String unit : List.of("railfs-worker.service", "railfs-mount@.service")) {
      assertThat(Files.readAllLines(HOME.resolve("deploy/systemd").resolve(unit)))
          .contains("RestartPreventExitStatus=" + Exit.WRONG.code());
    }
  }
}
