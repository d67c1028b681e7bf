// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.configuration;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class ConfDocsTest {
  /** The directory of the module is where Maven runs its tests. */
  private static final Path REPOSITORY = Path.of("").toAbsolutePath().getParent();

  @Test
  void theCommittedFilesAreWhatTheReferenceConfsGenerate() throws Exception {
    for (Map.Entry<Path, String> file : ConfDocs.files().entrySet()) {
      assertThat(REPOSITORY.resolve(file.getKey()))
          .withFailMessage(
              "%s is not what the modules' reference.conf say; run: %s",
              file.getKey(), ConfDocs.COMMAND)
          .hasContent(file.getValue());
    }
  }

  @Test
  void everyKeyHasAComment() throws Exception {
    assertThat(Reference.load().keys().values())
        .allSatisfy(key -> assertThat(key.comments()).as(key.path()).isNotEmpty());
  }

  @Test
  void aConfFileWithItsKeysUncommentedIsValidAndSaysTheDefaults() throws Exception {
    for (ProcessRole kind : ProcessRole.values()) {
      String template = ConfTemplate.render(kind, Reference.load());
      String uncommented =
          template
              .lines()
              .map(line -> line.startsWith("#railfs.") ? line.substring(1) : line)
              .collect(Collectors.joining("\n"));
      Config config = ConfigFactory.parseString(uncommented).resolve();
      Conf defaults = Conf.load(kind, Optional.empty(), List.of(), Optional.empty());

      assertThat(config.getObject("railfs")).isNotEmpty();
      config
          .entrySet()
          .forEach(
              entry ->
                  assertThat(entry.getValue().unwrapped())
                      .as(entry.getKey())
                      .isEqualTo(defaults.config().getValue(entry.getKey()).unwrapped()));
      assertThat(Files.exists(REPOSITORY.resolve("conf").resolve(kind.fileName()))).isTrue();
    }
  }
}
