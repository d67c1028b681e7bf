// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.access;

import io.railfs.fabric.FabricException;
import io.railfs.fabric.trust.TrustSettings;
import java.util.List;
import java.util.Map;

/** Lets everybody in, as a worker does by default. It holds nothing that is to be closed. */
public final class OpenAccess {
  private OpenAccess() {}

  public static Access create() {
    try {
      return Access.open(new AccessSettings(TrustSettings.OFF, Map.of(), Map.of(), List.of()));
    } catch (FabricException e) {
      throw new AssertionError("there is no file that could be wrong", e);
    }
  }
}
