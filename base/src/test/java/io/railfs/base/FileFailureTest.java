// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

final class FileFailureTest {
  @Test
  void reasonIsSaidWithoutNamesOfClasses() {
    assertThat(FileFailure.describe(new AccessDeniedException("/a")))
        .isEqualTo("/a: permission denied");
    assertThat(FileFailure.describe(new NoSuchFileException("/a")))
        .isEqualTo("/a: there is no such file or directory");
    assertThat(FileFailure.describe(new FileSystemException("/a", null, "Read-only file system")))
        .isEqualTo("/a: Read-only file system");
    assertThat(FileFailure.describe(new IOException("No space left on device")))
        .isEqualTo("disk full (No space left on device)");
  }
}
