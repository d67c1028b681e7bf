package io.railfs.client.probe;

/** A measurement could not be made; the message is a phrase without the worker's name. */
public final class ProbeException extends Exception {
  private static final long serialVersionUID = 1;

  public ProbeException(String message) {
    super(message);
  }

  public ProbeException(String message, Throwable cause) {
    super(message, cause);
  }
}
