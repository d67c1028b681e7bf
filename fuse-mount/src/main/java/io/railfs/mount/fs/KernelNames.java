package io.railfs.mount.fs;

import java.util.concurrent.CompletableFuture;

/**
 * Takes back what the kernel was told, from a thread of its own: the kernel holds locks while it
 * waits for our answers and wants the same locks for this. Thread-safe.
 */
public interface KernelNames {
  /**
   * The kernel is to look a name up again before it uses it, whether it knows it as missing or as a
   * node. Never waits: where too much is to be told already, the kernel's own time-out has to do.
   *
   * @param directory node that holds the name
   * @param name holds the name; copied
   * @param length bytes of the name
   * @param isDirectory whether it is known as a directory, which may be in use as one
   */
  void lookAgain(long directory, byte[] name, int length, boolean isDirectory);

  /** The kernel is to ask for a node's attributes, and for the entries of a directory, again. */
  void askAgain(long node);

  /** Done when the kernel was told all that was to be told before. May never be. */
  CompletableFuture<Void> told();

  /** For who has no kernel. */
  KernelNames NONE =
      new KernelNames() {
        @Override
        public void lookAgain(long directory, byte[] name, int length, boolean isDirectory) {}

        @Override
        public void askAgain(long node) {}

        @Override
        public CompletableFuture<Void> told() {
          return CompletableFuture.completedFuture(null);
        }
      };
}
