// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.control;

import io.railfs.protocol.RailPath;

/** What a serving process can be asked by a command on its machine. Thread-safe. */
public interface ControlOperations {
  /** Its numbers as one text, made again each time, without waiting for anything. */
  String numbers();

  /**
   * Forgets what is known of a path; may take half a minute.
   *
   * @throws InterruptedException when the process ends meanwhile
   */
  RefreshCounts refresh(RailPath path, boolean recursive) throws InterruptedException;
}
