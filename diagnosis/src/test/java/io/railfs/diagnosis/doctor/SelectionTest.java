// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class SelectionTest {
  private static final Finding STATE = Finding.ok("adapter mlx5_0 port 1", "port-state", "ACTIVE");

  @Test
  void allChecksAreSelectedWhereNobodyChose() {
    assertThat(Selection.all().of(Stream.of(STATE))).containsExactly(STATE);
  }

  @Test
  void checkWithoutAFindingIsReportedAsNotApplicable() {
    List<Finding> findings =
        Selection.of(List.of("port-state", " pkey"))
            .of(Stream.of(STATE, Finding.ok("g", "rpc", "")));
    assertThat(findings).first().isEqualTo(STATE);
    assertThat(findings).hasSize(2);
    assertThat(findings.get(1).id()).isEqualTo(CheckId.PKEY);
    assertThat(findings.get(1).level()).isEqualTo(Level.SKIPPED);
    assertThat(new Report(findings).level().exitCode()).isZero();
  }

  @Test
  void problemThatKeepsACheckFromLookingIsNotHidden() {
    Finding refused = Finding.problem("worker a:1", "rpc", "connection refused", "start it");
    Finding fine = Finding.ok("worker a:1", "clock", "");
    List<Finding> findings = Selection.of(List.of("read")).of(Stream.of(refused, fine));
    assertThat(findings).contains(refused).doesNotContain(fine);
    assertThat(new Report(findings).level().exitCode()).isEqualTo(2);
    assertThat(Selection.of(List.of("port-rate")).of(Stream.of(refused))).doesNotContain(refused);
  }

  @Test
  void unknownNameIsRefusedWithTheNearestOne() {
    assertThatThrownBy(() -> Selection.of(List.of("port-stat")))
        .hasMessage("there is no check 'port-stat'; did you mean port-state?");
  }

  @Test
  void findingOfNoCheckIsADefect() {
    assertThatThrownBy(() -> Finding.ok("g", "no-such-check", ""))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void lineForMonitoringHasTheWorstFirstAndNoBreak() {
    Report report =
        new Report(
            List.of(
                STATE,
                Finding.warning("adapter a", "port-rate", "1X | slow\nvery", "x"),
                Finding.problem("device ib0", "link", "down", "y")));
    assertThat(report.line())
        .isEqualTo(
            "RAILFS PROBLEM - 3 checks: 1 ok, 1 warning, 1 problem; link (device ib0): down;"
                + " port-rate (adapter a): 1X / slow very");
    assertThat(new Report(List.of(STATE)).line())
        .isEqualTo("RAILFS OK - 1 checks: 1 ok, 0 warnings, 0 problems");
  }

  @Test
  void jsonHasIdAndPage() {
    Map<String, Object> json = STATE.toJson();
    assertThat(json)
        .containsEntry("id", "port-state")
        .containsEntry("check", "port-state")
        .containsEntry("page", "docs/DOCTOR.md#port-state");
  }
}
