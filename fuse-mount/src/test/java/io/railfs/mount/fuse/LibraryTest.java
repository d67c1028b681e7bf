// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class LibraryTest {
  @Test
  void aMissingLibraryIsOneSentenceWithThePackage() {
    assertThatThrownBy(() -> LibFuseMount.load(LibFuse2.class, "libnone.so.2", "install it"))
        .isInstanceOf(FuseException.class)
        .satisfies(
            problem ->
                assertThat(problem.getMessage().lines())
                    .singleElement()
                    .asString()
                    .startsWith("the library libnone.so.2 cannot be loaded (")
                    .endsWith("): install it"));
  }
}
