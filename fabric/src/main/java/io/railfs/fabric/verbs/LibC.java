// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.verbs;

/** The functions of the C library that waiting for events takes. Errors are in errno. */
public interface LibC {
  /**
   * Waits.
   *
   * @param fds address of the first {@code struct pollfd}
   */
  int poll(long fds, long count, int millis);

  int fcntl(int fd, int command, int argument);

  String strerror(int number);
}
