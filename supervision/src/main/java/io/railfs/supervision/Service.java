// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision;

import io.railfs.supervision.system.CommandException;
import java.util.List;

/** What a serving process serves. */
public interface Service extends AutoCloseable {
  /**
   * Returns when it has ended by itself, as a mount does when it is unmounted.
   *
   * @throws CommandException where it has failed: it can neither go on nor be closed in order
   */
  void await() throws CommandException, InterruptedException;

  /** What people should know of its start, a sentence each. */
  default List<String> warnings() {
    return List.of();
  }

  /**
   * Whether it makes progress; a service manager that gets no sign of that for long starts it
   * again.
   */
  boolean isAlive();

  /** Ends it, within a bounded time. */
  @Override
  void close();
}
