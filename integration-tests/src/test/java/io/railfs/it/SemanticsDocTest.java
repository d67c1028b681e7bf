// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/SEMANTICS.md names a test for each promise; each of them exists. */
final class SemanticsDocTest {
  private static final Pattern NAMED = Pattern.compile("`(\\w+Test)\\.(\\w+)`");

  @Test
  void everyPromiseNamesATestThatExists() throws IOException {
    List<String> rows =
        Files.readAllLines(MountEnvironment.HOME.resolve("docs/SEMANTICS.md")).stream()
            .filter(
                line ->
                    line.startsWith("| ")
                        && !line.startsWith("| ---")
                        && !line.startsWith("| promise"))
            .toList();
    assertThat(rows).hasSizeGreaterThan(15);
    for (String row : rows) {
      Matcher named = NAMED.matcher(row);
      int count = 0;
      while (named.find()) {
        count++;
        assertThat(sourceOf(named.group(1))).as(row).contains("void " + named.group(2) + "(");
      }
      assertThat(count).as(row).isPositive();
    }
  }

  private static String sourceOf(String testClass) throws IOException {
    try (Stream<Path> files = Files.walk(MountEnvironment.HOME)) {
      Path file =
          files
              .filter(
                  path ->
                      path.endsWith(testClass + ".java")
                          && path.toString().contains("src/test/java"))
              .findFirst()
              .orElseThrow(() -> new AssertionError("no test class " + testClass));
      return Files.readString(file);
    }
  }
}
