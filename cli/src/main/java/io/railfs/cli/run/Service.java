package io.railfs.cli.run;

/** What a serving process serves. */
public interface Service extends AutoCloseable {
  /** Returns when it has ended by itself, as a mount does when it is unmounted. */
  void await() throws InterruptedException;

  /** Ends it, within a bounded time. */
  @Override
  void close();
}
