// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.railfs.diagnosis.doctor.CheckId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/DOCTOR.md has a section for each check, in their order, with a command. */
final class DoctorPageTest {
  private static final Path PAGE =
      Path.of("").toAbsolutePath().getParent().resolve("docs/DOCTOR.md");

  private static List<MatchResult> sections() throws IOException {
    return Pattern.compile("(?s)\n## ([a-z0-9-]+)\n\n(.*?)(?=\n## |\\z)")
        .matcher(Files.readString(PAGE))
        .results()
        .toList();
  }

  @Test
  void eachCheckHasItsSectionAndNothingElseHasOne() throws IOException {
    assertThat(sections())
        .extracting(section -> section.group(1))
        .containsExactlyElementsOf(Stream.of(CheckId.values()).map(CheckId::text).toList());
  }

  @Test
  void eachSectionEndsWithOneCommand() throws IOException {
    assertThat(sections())
        .allSatisfy(
            section ->
                assertThat(section.group(2).lines().filter(line -> line.startsWith("    ")))
                    .as(section.group(1))
                    .hasSize(1));
  }
}
