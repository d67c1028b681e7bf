package io.railfs.worker.service;

/** A service cannot start; the message is one sentence for an operator. */
public final class ServiceException extends Exception {
  private static final long serialVersionUID = 1;

  public ServiceException(String message, Throwable cause) {
    super(message, cause);
  }
}
