// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import java.util.List;
import java.util.Set;

/** One look at this machine. It changes nothing and ends soon. */
interface Check {
  /** What it may find. */
  Set<CheckId> ids();

  List<Finding> look(MachineFacts machine, RequiredSetup wanted);
}
