// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.admin;

/** The log of the process that the worker runs in. Thread-safe. */
public interface LogLevel {
  /** Of a process that does not let it be changed. */
  LogLevel FIXED =
      new LogLevel() {
        @Override
        public String get() {
          return "info";
        }

        @Override
        public boolean set(String level) {
          return false;
        }
      };

  /** Such as "info". */
  String get();

  /**
   * Changes it until the process ends.
   *
   * @return false where there is no such level
   */
  boolean set(String level);
}
