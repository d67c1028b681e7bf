// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import java.util.List;

/** One look at this machine. It changes nothing and ends soon. */
interface Check {
  List<Finding> look(MachineFacts machine, RequiredSetup wanted);
}
