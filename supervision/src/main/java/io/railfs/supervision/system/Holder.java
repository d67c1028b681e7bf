// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.system;

/**
 * A process that keeps a mount busy.
 *
 * @param pid its number
 * @param command its command line, shortened
 * @param use what it has there: "cwd", "root", "exe", "mmap" or "fd 7"
 */
public record Holder(long pid, String command, String use) {
  @Override
  public String toString() {
    return "pid " + pid + " (" + command + "), " + use;
  }
}
