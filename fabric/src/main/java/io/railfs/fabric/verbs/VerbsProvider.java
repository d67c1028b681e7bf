// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.verbs;

import static java.util.Objects.requireNonNull;

import io.railfs.fabric.FabricException;
import io.railfs.fabric.facts.HcaPort;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;

/** Where verbs come from: the native libraries, or what takes their place. Thread-safe. */
public final class VerbsProvider {
  private static final Path MACHINE = Path.of("/");
  private static final AtomicReference<Verbs> USED = new AtomicReference<>();

  private VerbsProvider() {}

  /** Has these verbs used by whatever asks from now on; a network in memory, say. */
  public static void use(Verbs verbs) {
    USED.set(requireNonNull(verbs, "verbs is null"));
  }

  /** Whether there is any device. Loads no library. */
  public static boolean hasDevices() {
    Verbs used = USED.get();
    return used == null ? !HcaPort.all(MACHINE).isEmpty() : used.hasDevices();
  }

  /**
   * The verbs of this process; loads the native libraries where that was not done before.
   *
   * @throws FabricException with one sentence where a library is missing
   */
  public static synchronized Verbs get() throws FabricException {
    Verbs used = USED.get();
    if (used == null) {
      used = NativeVerbs.load();
      USED.set(used);
    }
    return used;
  }
}
