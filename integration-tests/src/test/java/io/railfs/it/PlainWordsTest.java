// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Sources, resources and documents use the field's words, and lines of prose fit a screen. */
final class PlainWordsTest {
  /** Words of a private dialect that crept in everywhere; plain ones are in the second column. */
  private static final Pattern DIALECT =
      Pattern.compile(
          "\\b(told|tells" // says, reports, sends
              + "|anew" // again
              + "|in vain" // never read
              + "|left alone" // disabled, ignored
              + "|patience)\\b", // timeout
          Pattern.CASE_INSENSITIVE);

  /** Quotes the old names. */
  private static final Path QUOTATIONS = Path.of("docs/adr/0022-rooms-of-the-client.md");

  private static final int MAX_COLUMNS = 120;

  private static final PathMatcher READ =
      FileSystems.getDefault().getPathMatcher("glob:**.{java,c,conf,html,js,proto,md,yml,service}");

  private static List<Path> files(String directory) throws IOException {
    Path home = MountEnvironment.HOME;
    try (Stream<Path> all = Files.walk(home.resolve(directory))) {
      return all.filter(Files::isRegularFile)
          .map(home::relativize)
          .filter(READ::matches)
          .filter(path -> !path.equals(QUOTATIONS))
          .toList();
    }
  }

  private static List<Path> all() throws IOException {
    List<Path> files = new ArrayList<>(List.of(Path.of("README.md"), Path.of("CONTRIBUTING.md")));
    files.addAll(files("docs"));
    files.addAll(files("conf"));
    files.addAll(files("deploy"));
    String pom = Files.readString(MountEnvironment.HOME.resolve("pom.xml"));
    for (String module :
        Pattern.compile("<module>([\\w-]+)</module>")
            .matcher(pom)
            .results()
            .map(match -> match.group(1))
            .toList()) {
      if (Files.isDirectory(MountEnvironment.HOME.resolve(module + "/src/main"))) {
        files.addAll(files(module + "/src/main"));
      }
    }
    return files;
  }

  private interface Fault {
    boolean isIn(Path file, String line);
  }

  private static List<String> faults(Fault fault) throws IOException {
    List<String> found = new ArrayList<>();
    for (Path file : all()) {
      int number = 0;
      for (String line :
          Files.readString(MountEnvironment.HOME.resolve(file), UTF_8).split("\n", -1)) {
        number++;
        if (fault.isIn(file, line)) {
          found.add(file + ":" + number + ": " + line.strip());
        }
      }
    }
    return found;
  }

  @Test
  void nobodyWritesTheDialect() throws IOException {
    assertThat(all()).hasSizeGreaterThan(500);
    assertThat(faults((file, line) -> DIALECT.matcher(line).find())).isEmpty();
  }

  /** Tables, code and links cannot be wrapped. */
  @Test
  void proseFitsOnAScreen() throws IOException {
    assertThat(
            faults(
                (file, line) ->
                    file.toString().endsWith(".md")
                        && line.length() > MAX_COLUMNS
                        && !line.startsWith("|")
                        && !line.startsWith(" ")
                        && !line.contains("](http")
                        && !line.contains("`")
                        && !line.contains("  ")))
        .isEmpty();
  }
}
