// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConfTest {
  @TempDir private Path directory;

  private Path file(String content) throws IOException {
    return Files.writeString(directory.resolve("some.conf"), content);
  }

  private static Conf load(Path file, String... overrides) throws ConfException {
    return Conf.load(ProcessRole.MOUNT, Optional.of(file), List.of(overrides), Optional.empty());
  }

  private static ConfValue value(Conf conf, String key) throws ConfException {
    return conf.values(Optional.of(key)).get("railfs." + key);
  }

  @Test
  void anOverrideWinsOverTheFileWhichWinsOverTheDefault() throws Exception {
    Path file =
        file(
            """
            railfs.stop-timeout = 7s
            railfs { log.level = debug, start-timeout = 8s }
            """);
    Conf conf = load(file, "railfs.start-timeout=9s", "log.keep-days=3");

    assertThat(conf.config().getDuration("railfs.start-timeout")).hasSeconds(9);
    assertThat(conf.config().getDuration("railfs.stop-timeout")).hasSeconds(7);
    assertThat(conf.config().getInt("railfs.log.keep-days")).isEqualTo(3);
    assertThat(value(conf, "start-timeout").source().text()).isEqualTo("-D");
    assertThat(value(conf, "stop-timeout").source().text()).isEqualTo(file + ":1");
    assertThat(value(conf, "log.level").source().text()).isEqualTo(file + ":2");
    assertThat(value(conf, "log.file-size").source().text()).isEqualTo("default");
  }

  @Test
  void theLastOfTwoOverridesOfAKeyWins() throws Exception {
    Conf conf = load(file(""), "railfs.log.keep-days=2", "railfs.log.keep-days=5");

    assertThat(conf.config().getInt("railfs.log.keep-days")).isEqualTo(5);
  }

  @Test
  void aListIsOverriddenByWordsWithCommasOrBrackets() throws Exception {
    Conf words = load(file(""), "railfs.workers=a:1, b:2");
    Conf brackets = load(file(""), "railfs.workers=[\"a:1\", \"b:2\"]");

    assertThat(words.config().getStringList("railfs.workers")).containsExactly("a:1", "b:2");
    assertThat(brackets.config().getStringList("railfs.workers")).containsExactly("a:1", "b:2");
  }

  @Test
  void anOverrideIsTakenAsItStandsWithoutQuotes() throws Exception {
    Conf conf = load(file(""), "railfs.worker.ufs=file:///data/a b#c");

    assertThat(conf.config().getString("railfs.worker.ufs")).isEqualTo("file:///data/a b#c");
  }

  @Test
  void theFileOfTheConfDirectoryIsUsedWhereNoneIsNamed() throws Exception {
    Files.writeString(directory.resolve("railfs-worker.conf"), "railfs.log.keep-days = 6");

    Conf conf = Conf.load(ProcessRole.WORKER, Optional.empty(), List.of(), Optional.of(directory));

    assertThat(conf.config().getInt("railfs.log.keep-days")).isEqualTo(6);
    assertThat(conf.file()).contains(directory.resolve("railfs-worker.conf"));
  }

  @Test
  void aConfDirectoryWithoutFileLeavesTheDefaults() throws Exception {
    Conf conf = Conf.load(ProcessRole.MOUNT, Optional.empty(), List.of(), Optional.of(directory));

    assertThat(conf.file()).isEmpty();
    assertThat(conf.config().getInt("railfs.log.keep-days")).isEqualTo(30);
  }

  @Test
  void aMisspeltKeyStopsTheStartAndNamesLineAndNearestKey() throws Exception {
    Path file = file("# comment\nrailfs.mount {\n  memory-limt = 1GiB\n}\n");

    assertThatThrownBy(() -> load(file))
        .isInstanceOf(ConfException.class)
        .hasMessage(
            file
                + ":3: there is no key railfs.mount.memory-limt,"
                + " did you mean railfs.mount.memory-limit?");
  }

  @Test
  void aMisspeltSectionIsFoundByTheKeyInside() throws Exception {
    Path file = file("railfs.mont { memory-limit = 1GiB }");

    assertThatThrownBy(() -> load(file))
        .hasMessageContaining("railfs.mont.memory-limit, did you mean railfs.mount.memory-limit?");
  }

  @Test
  void aMisspeltRootIsRefusedButAVariableOfOnesOwnIsNot() throws Exception {
    Path misspelt = file("railsf.log.keep-days = 2");
    assertThatThrownBy(() -> load(misspelt))
        .hasMessageContaining("did you mean railfs.log.keep-days?");

    Path variable = file("many = 3\nrailfs.log.keep-days = ${many}");
    assertThat(load(variable).config().getInt("railfs.log.keep-days")).isEqualTo(3);
  }

  @Test
  void aMisspeltOverrideIsRefused() throws Exception {
    Path file = file("");

    assertThatThrownBy(() -> load(file, "mount.memory-limt=1GiB"))
        .hasMessage(
            "-D: there is no key railfs.mount.memory-limt,"
                + " did you mean railfs.mount.memory-limit?");
    assertThatThrownBy(() -> load(file, "railfs.log.keep-days"))
        .hasMessage("-D railfs.log.keep-days: expected key=value");
  }

  @Test
  void aWrongTypeNamesTheLineAndWhatIsExpected() throws Exception {
    Path file = file("\nrailfs.log.file-size = [1]");
    assertThatThrownBy(() -> load(file))
        .hasMessage(file + ":2: railfs.log.file-size is [1], expected a size such as 4MiB");

    Path duration = file("railfs.start-timeout = soon");
    assertThatThrownBy(() -> load(duration))
        .hasMessageContaining("expected a duration such as 30s");

    Path list = file("railfs.workers = one");
    assertThatThrownBy(() -> load(list)).hasMessageContaining("expected a list");

    Path section = file("railfs.log = 5");
    assertThatThrownBy(() -> load(section)).hasMessageContaining("railfs.log is a section");
  }

  @Test
  void aSyntaxErrorNamesTheLine() throws Exception {
    Path file = file("railfs.log.keep-days = 1\nrailfs {{");

    assertThatThrownBy(() -> load(file))
        .isInstanceOf(ConfException.class)
        .hasMessageStartingWith(file + ":2: ");
  }

  @Test
  void aMissingOrUnreadableFileIsOneSentence() {
    Path missing = directory.resolve("none.conf");

    assertThatThrownBy(() -> load(missing)).hasMessage("conf file " + missing + " does not exist");
    assertThatThrownBy(() -> load(directory))
        .hasMessage("conf file " + directory + " cannot be read: not a readable file");
  }

  @Test
  void aSectionOrAKeyCanBeAskedFor() throws Exception {
    Conf conf = load(file(""));

    assertThat(conf.values(Optional.of("log")))
        .containsOnlyKeys(
            "railfs.log.configuration",
            "railfs.log.directory",
            "railfs.log.file-size",
            "railfs.log.format",
            "railfs.log.keep-days",
            "railfs.log.level",
            "railfs.log.total-size");
    assertThat(value(conf, "log.file-size").text()).isEqualTo("16MiB");
    assertThatThrownBy(() -> conf.values(Optional.of("log.keep-day")))
        .hasMessage("there is no key railfs.log.keep-day, did you mean railfs.log.keep-days?");
  }

  @Test
  void aMountShowsNoKeysOfTheWorkerAndTheOtherWayRound() throws Exception {
    Conf mount = load(file(""));
    Conf worker = Conf.load(ProcessRole.WORKER, Optional.empty(), List.of(), Optional.empty());

    assertThat(mount.values(Optional.empty()).keySet())
        .contains("railfs.mount.memory-limit", "railfs.log.level", "railfs.workers")
        .noneMatch(key -> key.startsWith("railfs.worker."));
    assertThat(worker.values(Optional.empty()).keySet())
        .contains("railfs.worker.ufs", "railfs.log.level")
        .noneMatch(key -> key.startsWith("railfs.mount.") || key.startsWith("railfs.client."));
  }

  @Test
  void aNumberWithoutAUnitIsRefusedForEverySizeAndDuration() throws Exception {
    int refused = 0;
    for (ReferenceKey key : Reference.load().keys().values()) {
      if (key.type() == ValueType.SIZE || key.type() == ValueType.DURATION) {
        for (String number : List.of("10", "1.5", "4294967296")) {
          assertThatThrownBy(() -> load(file(""), key.path() + "=" + number))
              .as(key.path())
              .isInstanceOf(ConfException.class)
              .hasMessageContaining("with its unit, such as ");
          assertThatThrownBy(() -> load(file(key.path() + " = " + number)))
              .isInstanceOf(ConfException.class)
              .hasMessageContaining("some.conf:1: " + key.path() + " is ");
          refused++;
        }
        assertThat(load(file(""), key.path() + "=0").config().getString(key.path()))
            .as("nothing is nothing in every unit")
            .isEqualTo("0");
      }
    }
    assertThat(refused).isGreaterThan(60);
  }

  @Test
  void whatIsShownHasItsUnitWhateverWasWritten() throws Exception {
    Conf conf =
        load(
            file(
                """
                railfs.mount { memory-limit = 4096MiB, readahead = 0, attribute-timeout = 90 seconds }
                railfs.mount { entry-timeout = 3600s, max-read = "65536 B", stuck-grace = 1500ms }
                """));

    assertThat(value(conf, "mount.memory-limit").text()).isEqualTo("4GiB");
    assertThat(value(conf, "mount.memory-limit").value()).isEqualTo("4GiB");
    assertThat(value(conf, "mount.readahead").value()).isEqualTo("0B");
    assertThat(value(conf, "mount.attribute-timeout").value()).isEqualTo("90s");
    assertThat(value(conf, "mount.entry-timeout").value()).isEqualTo("1h");
    assertThat(value(conf, "mount.max-read").value()).isEqualTo("64KiB");
    assertThat(value(conf, "mount.stuck-grace").value()).isEqualTo("1500ms");
    assertThat(value(conf, "mount.memory-limit").source().text()).endsWith("some.conf:1");
  }
}
