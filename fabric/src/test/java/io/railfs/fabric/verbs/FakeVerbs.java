// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.verbs;

import io.railfs.fabric.FabricException;
import java.net.InetAddress;

/** The verbs of {@link FakeNetwork}, in place of the native libraries in tests. */
public final class FakeVerbs implements Verbs {
  @Override
  public boolean hasDevices() {
    return FakeNetwork.hasDevices();
  }

  @Override
  public VerbsPort open(InetAddress local, VerbsSettings settings) throws FabricException {
    return FakeNetwork.open(local, settings);
  }
}
