// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.railfs.benchmarks.system.BenchException;
import io.railfs.benchmarks.work.Metric;
import io.railfs.benchmarks.work.Sample;
import io.railfs.benchmarks.work.Unit;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WorkResultTest {
  private static final Metric SEQUENTIAL = new Metric("a/1", "1 stream", Unit.MEGABYTES_PER_SECOND);

  @TempDir private Path directory;

  private static Line line() {
    Line line = new Line(SEQUENTIAL);
    for (double value : new double[] {2000, 3000, 1900}) {
      line.add("N", new Sample(SEQUENTIAL, value, 0.5));
      line.add("memfs", new Sample(SEQUENTIAL, value, 0.5));
      line.add("railfs", new Sample(SEQUENTIAL, value * 0.4, 1.4));
    }
    return line;
  }

  @Test
  void whatIsWrittenIsReadAgain() throws Exception {
    Line line = line();
    line.note("railfs", "fetched 99 %");
    line.fail("sshfs", "ended \"early\"");
    Path file = directory.resolve("a.json");
    new WorkResult("a", Map.of("kernel", "6.1"), Map.of("N", "sendfile"), List.of(line))
        .write(file);
    WorkResult read = WorkResult.read(file);
    assertThat(read.facts()).containsEntry("kernel", "6.1");
    assertThat(read.setUps()).containsEntry("N", "sendfile");
    Line back = read.lines().get(0);
    assertThat(back.metric()).isEqualTo(SEQUENTIAL);
    assertThat(back.contenders()).containsExactly("N", "memfs", "railfs");
    assertThat(back.values("memfs").values()).containsExactly(2000.0, 3000.0, 1900.0);
    assertThat(back.costs("railfs").median()).isEqualTo(1.4);
    assertThat(back.noteOf("railfs")).contains("fetched 99 %");
    assertThat(back.failures()).containsEntry("sshfs", "ended \"early\"");
  }

  @Test
  void linesOfOtherRunsStayAndTheSameGiveWay() throws Exception {
    Path file = directory.resolve("results/a.json");
    Line other = new Line(new Metric("a/4", "4 streams", Unit.MEGABYTES_PER_SECOND));
    other.add("N", new Sample(other.metric(), 7, 0.1));
    new WorkResult("a", Map.of("kernel", "6.0"), Map.of("N", "old"), List.of(line(), other))
        .addTo(file);
    Line newer = new Line(SEQUENTIAL);
    newer.add("N", new Sample(SEQUENTIAL, 9, 0.1));
    new WorkResult("a", Map.of("kernel", "6.1"), Map.of("N", "sendfile"), List.of(newer))
        .addTo(file);
    WorkResult read = WorkResult.read(file);
    assertThat(read.facts()).containsExactly(Map.entry("kernel", "6.1"));
    assertThat(read.setUps()).containsExactly(Map.entry("N", "sendfile"));
    assertThat(read.lines()).extracting(line -> line.metric().id()).containsExactly("a/1", "a/4");
    assertThat(read.lines().get(0).contenders()).containsExactly("N");
    assertThat(read.lines().get(0).values("N").values()).containsExactly(9.0);
  }

  @Test
  void whatIsSaidOfAMachineIsWrappedAsOtherPagesAre() throws Exception {
    new WorkResult(
            "a",
            Map.of("system", "words of a long name ".repeat(9).strip()),
            Map.of("railfs", "many settings ".repeat(20).strip()),
            List.of(line()))
        .write(directory.resolve("a.json"));
    String page = Page.of(directory).markdown();
    assertThat(page).contains("- (a): system words of").contains("- **railfs**: many settings");
    assertThat(page.lines())
        .filteredOn(line -> !line.startsWith("|"))
        .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(120));
  }

  @Test
  void aFileWithOtherContentIsRefusedByName() throws Exception {
    Path file = Files.writeString(directory.resolve("a.json"), "{\"work\": \"a\"}");
    assertThatThrownBy(() -> WorkResult.read(file))
        .isInstanceOf(BenchException.class)
        .hasMessageContaining("a.json does not hold results");
  }

  @Test
  void reachIsJudgedByTheMedians() {
    assertThat(new Reach().text(Map.of("a/1", line())).lines())
        .as("what was not measured is not in the text")
        .allMatch(text -> text.startsWith("a/1 "))
        .anyMatch(text -> text.matches("a/1 +railfs / L +0.80, wanted at least 0.70: reached"));
    Line cold = new Line(new Metric("g/1", "1 stream", Unit.MEGABYTES_PER_SECOND));
    cold.add("railfs", new Sample(cold.metric(), 480, 2.8));
    assertThat(new Reach().text(Map.of("a/1", line(), "g/1", cold)))
        .containsPattern("g/1 +railfs / railfs of \\(a\\) +0.60, wanted at least 0.50: reached")
        .containsPattern("g/1 +CPU-s/GB: railfs / railfs of \\(a\\) +2.00, wanted at most 2.20");
    String table = new Reach().markdown(Map.of("a/1", line()));
    // L of two equal limits is half of one: 800 of 1000.
    assertThat(table).contains("| a/1 | railfs / L | at least 0.70 | 0.80 | reached |");
    assertThat(table)
        .contains("| a/1 | CPU-s/GB: railfs / (N + F) | at most 1.35 | 1.40 | **missed** |");
    assertThat(table).contains("| a/1 | railfs / sshfs | at least 3.50 | - | not measured |");
  }

  @Test
  void ofSecondsTheSmallerIsBetter() {
    Metric find = new Metric("e/1k/find-stat", "find", Unit.SECONDS);
    Line line = new Line(find);
    line.add("railfs", new Sample(find, 0.5, Double.NaN));
    line.add("glusterfs", new Sample(find, 1.5, Double.NaN));
    assertThat(line.ratio("railfs", "glusterfs")).isEqualTo(3.0);
  }

  @Test
  void thePageGetsTheResultsBetweenItsMarks() throws Exception {
    new WorkResult("a", Map.of("kernel", "6.1"), Map.of("N", "sendfile"), List.of(line()))
        .write(directory.resolve("a.json"));
    Files.writeString(directory.resolve("jmh.json"), "not ours");
    Path page =
        Files.writeString(
            directory.resolve("P.md"),
            "before\n<!-- results: written by bin/railfs-bench-suite --write-docs -->\nof last year\n<!-- end of results -->\nafter\n");
    Page.of(directory).write(page);
    String text = Files.readString(page);
    assertThat(text)
        .startsWith("before\n")
        .endsWith("<!-- end of results -->\nafter\n")
        .doesNotContain("of last year");
    assertThat(text)
        .contains(
            "| a/1: 1 stream | railfs | 800 MB/s | 760 - 1,200 | 0.40 | 0.80 | 0.40 | 1.40 |");
  }
}
