package io.railfs.worker.store;

/** A block file does not hold what it should; the message says what is wrong. */
final class BadBlockException extends Exception {
  private static final long serialVersionUID = 1;

  BadBlockException(String message) {
    super(message);
  }
}
