// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

import java.util.concurrent.CompletableFuture;

/**
 * Invalidates what the kernel has got, from a thread of its own: the kernel holds locks while it
 * waits for our answers and wants the same locks for this. Thread-safe.
 */
public interface KernelNames {
  /**
   * The kernel is to look a name up again before it uses it, whether it knows it as missing or as a
   * node. Never waits: where too much is waiting to be sent, the kernel's own timeout has to do.
   *
   * @param directory node that holds the name
   * @param name holds the name; copied
   * @param length bytes of the name
   * @param isDirectory whether it is known as a directory, which may be in use as one
   */
  void lookAgain(long directory, byte[] name, int length, boolean isDirectory);

  /** The kernel is to ask for a node's attributes, and for the entries of a directory, again. */
  void askAgain(long node);

  /** Done when the kernel has got all that was to be sent before. May never be. */
  CompletableFuture<Void> flushed();

  /** For a file system without a kernel. */
  KernelNames NONE =
      new KernelNames() {
        @Override
        public void lookAgain(long directory, byte[] name, int length, boolean isDirectory) {}

        @Override
        public void askAgain(long node) {}

        @Override
        public CompletableFuture<Void> flushed() {
          return CompletableFuture.completedFuture(null);
        }
      };
}
