// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class UfsPathTest {
  @Test
  void aPathBelowTheUfsIsFoundInTheDataset() {
    assertThat(UfsPath.inside("file:///data/sets", "/data/sets/train/a.tar"))
        .contains("/train/a.tar");
    assertThat(UfsPath.inside("file:///data/my%20sets", "/data/my sets/a")).contains("/a");
  }

  @Test
  void otherPathsAndStoresAreNotGuessedAt() {
    assertThat(UfsPath.inside("file:///data/sets", "/data/set/a")).isEmpty();
    assertThat(UfsPath.inside("file:///data/sets", "/data/sets")).isEmpty();
    assertThat(UfsPath.inside("s3://bucket/data", "/data/a")).isEmpty();
    assertThat(UfsPath.inside("file:///a at /x, file:///b at /y", "/a/b")).isEmpty();
  }
}
