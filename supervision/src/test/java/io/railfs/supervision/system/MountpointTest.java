// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MountpointTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  @TempDir private Path directory;

  @Test
  void anEmptyDirectoryFits() {
    assertThatCode(() -> Mountpoint.check(directory, false)).doesNotThrowAnyException();
  }

  @Test
  void whatDoesNotFitIsRefusedInOneSentence() throws Exception {
    Path missing = directory.resolve("none");
    assertThatThrownBy(() -> Mountpoint.check(missing, false))
        .hasMessage(
            "mountpoint %s does not exist; create it with: mkdir -p '%s'"
                .formatted(missing, missing));

    Path file = Files.writeString(directory.resolve("file"), "");
    assertThatThrownBy(() -> Mountpoint.check(file, false))
        .hasMessage("mountpoint " + file + " is not a directory");

    assertThatThrownBy(() -> Mountpoint.check(directory, false))
        .hasMessage(
            "mountpoint " + directory + " is not empty; empty it or mount with -o nonempty");
    assertThatCode(() -> Mountpoint.check(directory, true)).doesNotThrowAnyException();
  }

  @Test
  void linksInAPathAreFollowedAlsoWhereItsEndIsMissing() throws Exception {
    Path real = Files.createDirectory(directory.toRealPath().resolve("real"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), real);

    assertThat(Mountpoint.resolve(link)).isEqualTo(real);
    assertThat(Mountpoint.resolve(link.resolve("none"))).isEqualTo(real.resolve("none"));
  }

  @Test
  void aPlainDirectoryIsNotStaleAndNothingIsCleared() throws Exception {
    assertThat(Mountpoint.isStale(directory)).isFalse();
    assertThat(Mountpoint.clearStale(directory)).isFalse();
  }

  @Test
  void aProbeTellsTheAnswersApart() throws Exception {
    assertThat(MountProbe.stat(directory, TIMEOUT)).isEqualTo(MountProbe.Answer.ALIVE);
    assertThat(MountProbe.stat(directory.resolve("none"), TIMEOUT))
        .isEqualTo(MountProbe.Answer.MISSING);
    assertThat(MountProbe.process(directory, TIMEOUT)).isEqualTo(MountProbe.Answer.ALIVE);
    assertThat(MountProbe.process(directory.resolve("none"), TIMEOUT))
        .isEqualTo(MountProbe.Answer.MISSING);
    assertThat(MountProbe.isDisconnected(problem("Transport endpoint is not connected"))).isTrue();
    assertThat(MountProbe.isDisconnected(problem("Software caused connection abort"))).isTrue();
    assertThat(MountProbe.isDisconnected(problem("Permission denied"))).isFalse();
  }

  private static FileSystemException problem(String reason) {
    return new FileSystemException("/m", null, reason);
  }
}
