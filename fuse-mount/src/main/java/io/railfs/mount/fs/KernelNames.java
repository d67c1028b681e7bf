package io.railfs.mount.fs;

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

  /**
   * Waits until the kernel was told all that was to be told before.
   *
   * @return false where the deadline, a {@link System#nanoTime}, was over before
   */
  boolean flush(long deadlineNanos) throws InterruptedException;

  /** For who has no kernel. */
  KernelNames NONE =
      new KernelNames() {
        @Override
        public void lookAgain(long directory, byte[] name, int length, boolean isDirectory) {}

        @Override
        public void askAgain(long node) {}

        @Override
        public boolean flush(long deadlineNanos) {
          return true;
        }
      };
}
