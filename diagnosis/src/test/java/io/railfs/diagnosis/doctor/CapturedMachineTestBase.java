// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Checks of a machine with InfiniBand that is well, until a test changes something of it. */
abstract class CapturedMachineTestBase {
  @TempDir Path root;
  CapturedMachine machine;

  @BeforeEach
  final void make() throws IOException {
    machine = CapturedMachine.of("infiniband-whole", root);
  }
}
