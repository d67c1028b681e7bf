// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.trust;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PrivateFileTest {
  /** Owner and reader: 0 is root. */
  @ParameterizedTest
  @CsvSource({
    "rw-------, 1000, 1000, true",
    "r--------, 0, 0, true",
    "rw-r-----, 1000, 1000, false",
    "rw-r-----, 0, 0, false",
    "r--r-----, 0, 10001, true",
    "rw-r-----, 0, 10001, true",
    "rw-rw----, 0, 10001, false",
    "rw-r--r--, 0, 10001, false",
    "rwx------, 1000, 1000, false",
    "r--r-----, 1000, 10001, false"
  })
  void onlyAFileOfRootMayBeReadByAGroup(
      String permissions, int owner, int self, boolean isPrivate) {
    assertThat(PrivateFile.isPrivate(PosixFilePermissions.fromString(permissions), owner, self))
        .isEqualTo(isPrivate);
  }
}
